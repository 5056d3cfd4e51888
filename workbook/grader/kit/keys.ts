/** The folder of signing keys as checks see it. */
import type { CourseJson } from '../../catalog/index.ts'
import { addKey, type KeyFolder, readKeys, removeKey, restoreKeys, signWith } from '../../stack/keys.ts'
import type { Stack } from '../../stack/types.ts'
import { NotOffered } from '../core/failure.ts'
import type { Keys, SigningKey } from '../core/kit.ts'

export interface OwnedKeys extends Keys {
  /** Puts back what checks changed, and makes the server take that up. */
  close(): Promise<void>
}

/** @param dir the folder on this machine; undefined where it is not known */
export function createKeys(
  dir: string | undefined,
  stack: Pick<Stack, 'signal' | 'revive'> | undefined,
  course: CourseJson,
): OwnedKeys {
  const way = course.keyReload ?? 'restart'
  let before: KeyFolder | undefined
  const read = async () => {
    if (dir === undefined) throw new NotOffered('the folder of signing keys is not known')
    return readKeys(dir).catch(() => {
      throw new NotOffered(`the folder of signing keys cannot be read: ${dir}`)
    })
  }
  /** The folder, to be changed. That of a server behind --url is somebody's own. */
  const own = async (): Promise<string> => {
    if (dir === undefined || stack === undefined)
      throw new NotOffered('keys of a server that is not ours are not changed')
    before ??= await read()
    return dir
  }
  const keyOf = async (kid: string): Promise<SigningKey> => {
    const privateKey = (await read()).keys[kid]
    if (privateKey === undefined) throw new NotOffered(`the folder of signing keys has no key ${kid}`)
    return { kid, privateKey }
  }
  const reload = async () => {
    if (stack === undefined) throw new NotOffered('a server that is not ours is not reloaded')
    if (way === 'sighup') await stack.signal('SIGHUP')
    // Whether it came up again, the next request tells.
    if (way === 'restart') await stack.revive()
    return way
  }
  return {
    list: async () => {
      const { current, keys } = await read()
      const all = Object.entries(keys).map(([kid, privateKey]) => ({ kid, privateKey }))
      return { current: await keyOf(current), all }
    },
    add: async () => keyOf(await addKey(await own())),
    use: async (kid) => signWith(await own(), kid),
    remove: async (kid) => removeKey(await own(), kid),
    reload,
    close: async () => {
      if (before === undefined || dir === undefined) return
      if (await restoreKeys(dir, before)) await reload()
    },
  }
}
