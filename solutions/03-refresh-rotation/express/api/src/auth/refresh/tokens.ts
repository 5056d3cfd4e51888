import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'

const CIPHER = 'aes-256-gcm'
const NONCE = 12
const TAG = 16

/** A refresh token: 256 random bits in Base64url. It says nothing, so there is nothing in it to be verified or forged. */
export function newToken(): string {
  return randomBytes(32).toString('base64url')
}

/** What is kept of a token, and what it is found by. */
export function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/**
 * Encrypts a token for whoever holds its parent. A lost reply has to be sent again, and all that we keep of the token is a
 * hash. Deriving it, as HMAC of the parent under a key of the server, would do too: that key would open every line of
 * descent from any old token, for ever, and be one more secret to keep and to rotate. This key is the parent's alone, and
 * the ciphertext goes when the grace is over.
 * @returns nonce, tag and ciphertext in one
 */
export function seal(token: string, parent: string): Buffer {
  const nonce = randomBytes(NONCE)
  const cipher = createCipheriv(CIPHER, keyFrom(parent), nonce)
  const text = Buffer.concat([cipher.update(token, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), text])
}

/** Undoes `seal`. Throws for another parent, or when a bit was changed. */
export function unseal(sealed: Buffer, parent: string): string {
  const decipher = createDecipheriv(CIPHER, keyFrom(parent), sealed.subarray(0, NONCE), { authTagLength: TAG })
  decipher.setAuthTag(sealed.subarray(NONCE, NONCE + TAG))
  return Buffer.concat([decipher.update(sealed.subarray(NONCE + TAG)), decipher.final()]).toString('utf8')
}

/** The hash of the parent lies in the table, so the key is something that does not follow from it. */
function keyFrom(parent: string): Buffer {
  return Buffer.from(hkdfSync('sha256', parent, '', 'depot: successor of a refresh token', 32))
}
