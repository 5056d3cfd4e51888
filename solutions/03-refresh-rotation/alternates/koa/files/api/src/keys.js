// The folder of keys, read at the start and when SIGHUP comes.
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { settings } from './settings.js'

let ring = new Map()
let current

export async function loadKeys() {
  const next = new Map()
  for (const file of await readdir(settings.keys)) {
    const kid = /^([\w-]+)\.pem$/.exec(file)?.[1]
    if (kid === undefined) continue
    const secret = createPrivateKey(await readFile(join(settings.keys, file)))
    const open = createPublicKey(secret)
    const { n, e } = open.export({ format: 'jwk' })
    next.set(kid, { kid, secret, open, jwk: { kty: 'RSA', use: 'sig', alg: 'RS256', kid, n, e } })
  }
  const signs = next.get((await readFile(join(settings.keys, 'current'), 'utf8')).trim())
  if (signs === undefined) throw new Error('"current" names no key of the folder')
  ring = next
  current = signs
}

export const signingKey = () => current
export const keyOf = (kid) => ring.get(kid)
export const published = () => ({ keys: Array.from(ring.values(), ({ jwk }) => jwk) })
