import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errorFields, type Log } from '../log.ts'

/** One key of the folder. */
export interface Key {
  kid: string
  privateKey: KeyObject
  publicKey: KeyObject
}

interface KeyRing {
  signing: Key
  all: Map<string, Key>
}

export type Keys = Awaited<ReturnType<typeof createKeys>>

/**
 * The folder of signing keys, read at the start and again at each SIGHUP. Whoever sends us a token names a key that we hold
 * already, or none: what a token says never becomes part of a path.
 */
export async function createKeys(dir: string, log: Log) {
  let ring = await readFolder(dir)

  process.on('SIGHUP', () => {
    readFolder(dir).then(
      (next) => {
        ring = next
        log.info('keys read', { event: 'keys_read', signing: next.signing.kid, keys: next.all.size })
      },
      // Half a folder is no reason to stop: the keys we have are as good as they were.
      (error) => log.error('keys not read', errorFields(error)),
    )
  })

  return {
    /** The key that signs now. */
    signing: () => ring.signing,
    /** The key with exactly this name. */
    find: (kid: string): Key | undefined => ring.all.get(kid),
    /** What others need to verify our tokens: the public halves, as a JWK set. */
    published: (): JsonWebKey[] =>
      Array.from(ring.all.values(), ({ kid, publicKey }) => {
        const { kty, n, e } = publicKey.export({ format: 'jwk' })
        return { kty, n, e, kid, use: 'sig', alg: 'RS256' }
      }),
  }
}

async function readFolder(dir: string): Promise<KeyRing> {
  const names = (await readdir(dir)).filter((name) => name.endsWith('.pem'))
  const keys = await Promise.all(
    names.map(async (name): Promise<[string, Key]> => {
      const kid = name.slice(0, -'.pem'.length)
      const privateKey = createPrivateKey(await readFile(join(dir, name)))
      if (privateKey.asymmetricKeyType !== 'rsa') throw new Error(`${name} is no RSA key`)
      return [kid, { kid, privateKey, publicKey: createPublicKey(privateKey) }]
    }),
  )
  const all = new Map(keys)
  const current = (await readFile(join(dir, 'current'), 'utf8')).trim()
  const signing = all.get(current)
  if (signing === undefined) throw new Error('the file "current" names no key of the folder')
  return { signing, all }
}
