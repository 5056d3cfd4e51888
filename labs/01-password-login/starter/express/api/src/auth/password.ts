import { createHash, randomBytes } from 'node:crypto'

/** bcrypt did not look further than this, and the accounts that were moved over from it must still be able to sign in. */
const MAX_LENGTH = 72

/** `sha256:<salt>:<digest>`, both in hexadecimal. */
export function hashPassword(password: string): string {
  const salt = randomBytes(16).toString('hex')
  return `sha256:${salt}:${digest(password, salt)}`
}

/** Whether the password belongs to the stored hash. */
export function verifyPassword(password: string, stored: string): boolean {
  const [, salt = '', expected] = stored.split(':')
  return digest(password, salt) === expected
}

function digest(password: string, salt: string): string {
  return createHash('sha256').update(salt).update(password.slice(0, MAX_LENGTH)).digest('hex')
}
