// PBKDF2 with HMAC-SHA-512, as a PHC string: $pbkdf2-sha512$i=<iterations>,l=<bytes>$<salt>$<hash>
import { pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify(pbkdf2)
const ITERATIONS = 220_000
const BYTES = 32

const b64 = (bytes) => bytes.toString('base64').replaceAll('=', '')

export async function hashPassword(password) {
  const salt = randomBytes(16)
  return `$pbkdf2-sha512$i=${ITERATIONS},l=${BYTES}$${b64(salt)}$${b64(await derive(password, salt, ITERATIONS, BYTES, 'sha512'))}`
}

export async function passwordFits(password, phc) {
  const [, , parameters, salt, wanted] = phc.split('$')
  const { i, l } = Object.fromEntries(parameters.split(',').map((pair) => pair.split('=')))
  const found = await derive(password, Buffer.from(salt, 'base64'), Number(i), Number(l), 'sha512')
  return timingSafeEqual(found, Buffer.from(wanted, 'base64'))
}
