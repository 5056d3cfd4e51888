import { createHash, createHmac, hkdfSync, type KeyObject, randomBytes } from 'node:crypto'

/** The first token of a family: 256 random bits in Base64url. */
export function newToken(): string {
  return randomBytes(32).toString('base64url')
}

/**
 * The successor of a token, the same one whenever it is asked for: 256 bits that nobody can tell from random ones without the
 * key. Nothing of it has to be kept in order to be said again, and no secret is needed that the program has not got already:
 * the key is made from a signing key. HKDF makes it another key, so neither use says anything about the other.
 */
export function successorOf(token: string, signingKey: KeyObject): string {
  const secret = signingKey.export({ type: 'pkcs8', format: 'der' })
  const key = hkdfSync('sha256', secret, '', 'depot: successor of a refresh token', 32)
  return createHmac('sha256', Buffer.from(key)).update(token).digest('base64url')
}

/** What is kept of a token, and what it is found by. */
export function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
