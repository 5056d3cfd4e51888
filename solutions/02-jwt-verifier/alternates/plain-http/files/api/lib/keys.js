// The folder of keys. Its listing is read for each request, its files once: a kid is looked up in what was listed, never joined to a path.
import { createPrivateKey, createPublicKey, webcrypto } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { settings } from './settings.js'

const ALGORITHM = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
const known = new Map()

async function load(kid) {
  const pem = await readFile(join(settings.keys, `${kid}.pem`), 'utf8')
  const privateKey = createPrivateKey(pem)
  const { kty, n, e } = createPublicKey(privateKey).export({ format: 'jwk' })
  const jwk = { kty, n, e }
  const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' })
  return {
    kid,
    jwk: { ...jwk, kid },
    sign: await webcrypto.subtle.importKey('pkcs8', pkcs8, ALGORITHM, false, ['sign']),
    verify: await webcrypto.subtle.importKey('jwk', jwk, ALGORITHM, false, ['verify']),
  }
}

/** Every key that is in the folder now. */
export async function keyRing() {
  const kids = (await readdir(settings.keys)).filter((name) => name.endsWith('.pem')).map((name) => name.slice(0, -4))
  for (const kid of known.keys()) if (!kids.includes(kid)) known.delete(kid)
  for (const kid of kids) if (!known.has(kid)) known.set(kid, await load(kid))
  return new Map(known)
}

/** The key that signs. */
export async function signingKey() {
  const kid = (await readFile(join(settings.keys, 'current'), 'utf8')).trim()
  const key = (await keyRing()).get(kid)
  if (key === undefined) throw new Error('the current key is not in the folder')
  return key
}
