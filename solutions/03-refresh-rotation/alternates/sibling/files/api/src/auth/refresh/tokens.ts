import { createHash, randomBytes } from 'node:crypto'

/** A refresh token: 256 random bits in Base64url. It says nothing, so there is nothing in it to be verified or forged. */
export function newToken(): string {
  return randomBytes(32).toString('base64url')
}

/** What is kept of a token, and what it is found by. */
export function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
