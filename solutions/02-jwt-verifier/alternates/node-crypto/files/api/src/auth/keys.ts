import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Log } from '../log.ts'

/** A key pair and its name. */
export interface Key {
  kid: string
  privateKey: KeyObject
  publicKey: KeyObject
}

export type Keys = ReturnType<typeof createKeys>

/** The folder of keys as it was when the server started. For other keys the server is started anew. */
export function createKeys(dir: string, log: Log) {
  const keys = readdirSync(dir)
    .filter((name) => name.endsWith('.pem'))
    .map((name): Key => {
      const privateKey = createPrivateKey(readFileSync(join(dir, name)))
      return { kid: basename(name, '.pem'), privateKey, publicKey: createPublicKey(privateKey) }
    })
  const current = readFileSync(join(dir, 'current'), 'utf8').trim()
  const signing = keys.find((key) => key.kid === current)
  if (signing === undefined) throw new Error('"current" names no key of the folder')
  log.info('keys read', { signing: current, keys: keys.length })

  return {
    signing,
    find: (kid: unknown): Key | undefined => keys.find((key) => key.kid === kid),
    published: (): JsonWebKey[] =>
      [signing, ...keys.filter((key) => key !== signing)].map(({ kid, publicKey }) => ({
        ...publicKey.export({ format: 'jwk' }),
        kid,
        use: 'sig',
        key_ops: ['verify'],
      })),
  }
}
