/** Signing keys for programs in the page: the folder that `JWT_KEYS_DIR` names, as files of their world. */
import type { CourseJson } from '../../catalog/index.ts'
import { NotOffered } from '../../grader/core/failure.ts'
import type { Keys, SigningKey } from '../../grader/core/kit.ts'

export const KEYS_DIR = '/keys'

/** So many keys a fresh folder holds: one that signs, one that only verifies still. */
const FRESH = 2

export interface KeyFolder {
  current: string
  /** Private keys as PEM (PKCS#8), by kid. */
  pems: Map<string, string>
}

export async function freshKeys(): Promise<KeyFolder> {
  const keys = await Promise.all(Array.from({ length: FRESH }, newKey))
  return { current: keys[0]?.kid ?? '', pems: new Map(keys.map(({ kid, privateKey }) => [kid, privateKey])) }
}

/** The folder as files of a program. */
export const keyFiles = ({ current, pems }: KeyFolder): Record<string, string> => ({
  [`${KEYS_DIR}/current`]: `${current}\n`,
  ...Object.fromEntries([...pems].map(([kid, pem]) => [`${KEYS_DIR}/${kid}.pem`, pem])),
})

async function newKey(): Promise<SigningKey> {
  const kid = `k${[...crypto.getRandomValues(new Uint8Array(5))].map((b) => b.toString(16).padStart(2, '0')).join('')}`
  const { privateKey } = await crypto.subtle.generateKey(
    { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' },
    true,
    ['sign', 'verify'],
  )
  const der = new Uint8Array(await crypto.subtle.exportKey('pkcs8', privateKey))
  const lines = btoa(String.fromCharCode(...der)).match(/.{1,64}/g) ?? []
  return { kid, privateKey: `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n` }
}

/** What `createKeys` needs of the stack. */
export interface KeyWorld {
  keys: KeyFolder | undefined
  write(path: string, text: string | undefined): void
  signal(name: 'SIGHUP'): void
  reboot(): Promise<boolean>
}

/** The folder as checks see it; what they change is not put back, since the stack ends with the run. */
export function createKeys(world: KeyWorld, course: CourseJson): Keys {
  const folder = () => {
    if (world.keys === undefined) throw new NotOffered('the settings have no folder of signing keys')
    return world.keys
  }
  const keyOf = (kid: string): SigningKey => {
    const privateKey = folder().pems.get(kid)
    if (privateKey === undefined) throw new NotOffered(`the folder of signing keys has no key ${kid}`)
    return { kid, privateKey }
  }
  return {
    list: async () => ({ current: keyOf(folder().current), all: [...folder().pems.keys()].map(keyOf) }),
    add: async () => {
      const key = await newKey()
      folder().pems.set(key.kid, key.privateKey)
      world.write(`${KEYS_DIR}/${key.kid}.pem`, key.privateKey)
      return key
    },
    use: async (kid) => {
      folder().current = kid
      world.write(`${KEYS_DIR}/current`, `${kid}\n`)
    },
    remove: async (kid) => {
      folder().pems.delete(kid)
      world.write(`${KEYS_DIR}/${kid}.pem`, undefined)
    },
    reload: async () => {
      const way = course.keyReload ?? 'restart'
      if (way === 'sighup') world.signal('SIGHUP')
      if (way === 'restart') await world.reboot()
      return way
    },
  }
}
