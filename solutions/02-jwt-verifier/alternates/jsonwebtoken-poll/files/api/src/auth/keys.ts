import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errorFields, type Log } from '../log.ts'

const EVERY_MS = 1_000

interface Pair {
  kid: string
  privateKey: KeyObject
  publicKey: KeyObject
}

interface Ring {
  signing: Pair
  pairs: Map<string, Pair>
}

export type Keys = Awaited<ReturnType<typeof createKeys>>

/** The folder of keys, looked at again and again: whoever changes it need not know of us. */
export async function createKeys(dir: string, log: Log) {
  let ring = await look(dir)
  setInterval(() => {
    look(dir).then(
      (found) => {
        ring = found
      },
      (error) => log.warn('the folder of keys cannot be read', errorFields(error)),
    )
  }, EVERY_MS).unref()

  return {
    signing: () => ring.signing,
    find: (kid: string) => ring.pairs.get(kid),
    published: (): JsonWebKey[] =>
      [...ring.pairs.values()].map(({ kid, publicKey }) => ({
        alg: 'RS256',
        ...publicKey.export({ format: 'jwk' }),
        kid,
      })),
  }
}

async function look(dir: string): Promise<Ring> {
  const pairs = new Map<string, Pair>()
  for (const name of await readdir(dir)) {
    if (!name.endsWith('.pem')) continue
    const kid = name.replace(/\.pem$/, '')
    const privateKey = createPrivateKey(await readFile(join(dir, name), 'utf8'))
    pairs.set(kid, { kid, privateKey, publicKey: createPublicKey(privateKey) })
  }
  const signing = pairs.get((await readFile(join(dir, 'current'), 'utf8')).trim())
  if (signing === undefined) throw new Error('no current key')
  return { signing, pairs }
}
