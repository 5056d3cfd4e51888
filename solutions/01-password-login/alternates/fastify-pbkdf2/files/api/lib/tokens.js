// Access tokens that need no table: who and until when, signed with a key that lives as long as the process.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

const key = randomBytes(32)
const sign = (payload) => createHmac('sha256', key).update(payload).digest()

export function issueToken(userId, seconds) {
  const claims = { sub: userId, exp: Date.now() + seconds * 1000, jti: randomBytes(9).toString('base64url') }
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url')
  return `${payload}.${sign(payload).toString('base64url')}`
}

/** The id of the user, or undefined. */
export function readToken(token) {
  const [payload, signature, more] = token.split('.')
  if (signature === undefined || more !== undefined) return undefined
  const given = Buffer.from(signature, 'base64url')
  const wanted = sign(payload)
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined
  const { sub, exp } = JSON.parse(Buffer.from(payload, 'base64url'))
  return exp > Date.now() ? sub : undefined
}
