/** Reads a folder as a tree, so that it can be compared with a state. */
import { createHash } from 'node:crypto'
import { lstat, readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Tree } from './materialise.ts'

/** Bytes above which a file is not read: no file of a state is near this. */
const LARGEST = 5_000_000

export interface CopyTree {
  files: Tree
  /** Paths that are there and hold no text to compare: links, sockets, files over 5 MB. */
  others: Set<string>
}

/**
 * Every file below a folder, by path with `/`.
 * @param skip is this path, of a file or a folder, left out?
 */
export async function readCopy(dir: string, skip: (name: string) => boolean): Promise<CopyTree> {
  const files: Tree = new Map()
  const others = new Set<string>()
  const walk = async (below: string): Promise<void> => {
    for (const entry of await readdir(path.join(dir, below), { withFileTypes: true })) {
      const name = path.posix.join(below, entry.name)
      if (skip(name)) continue
      if (entry.isDirectory()) {
        await walk(name)
        continue
      }
      const stat = await lstat(path.join(dir, name))
      if (!stat.isFile() || stat.size > LARGEST) others.add(name)
      else files.set(name, { content: await readFile(path.join(dir, name)), executable: (stat.mode & 0o100) !== 0 })
    }
  }
  await walk('')
  return { files, others }
}

/** SHA-256 of a content, hex. */
export const hashOf = (content: Buffer): string => createHash('sha256').update(content).digest('hex')

/** SHA-256 of each file of a tree. */
export const hashesOf = (tree: Tree): Record<string, string> =>
  Object.fromEntries([...tree].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, f]) => [name, hashOf(f.content)]))
