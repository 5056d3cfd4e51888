// scrypt as PHC string: $scrypt$ln=17,r=8,p=1$<salt>$<hash>
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify(scrypt)
const COST = { N: 2 ** 14, r: 8, p: 5, maxmem: 64 * 1024 * 1024 }
const b64 = (bytes) => bytes.toString('base64').replaceAll('=', '')

export async function hashPassword(password) {
  const salt = randomBytes(16)
  return `$scrypt$ln=14,r=8,p=5$${b64(salt)}$${b64(await derive(password, salt, 32, COST))}`
}

export async function fits(password, phc) {
  const [, , , salt, hash] = phc.split('$')
  return timingSafeEqual(await derive(password, Buffer.from(salt, 'base64'), 32, COST), Buffer.from(hash, 'base64'))
}
