/** Where the workbook keeps what it makes while it runs. Everything here can be thrown away, lab databases included; files that a learner wrote never lie here. */
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'

export interface Places {
  /** The checkout. */
  root: string
  /** `.workbook/` of the checkout. */
  state: string
  /** Folder that another user of this machine can read: PostgreSQL refuses to run as root and runs as somebody else then. */
  shared: string
}

export function placesOf(root: string): Places {
  const state = path.join(root, '.workbook')
  const asRoot = process.getuid?.() === 0
  return { root, state, shared: asRoot ? '/var/cache/full-stack-workbook' : path.join(state, 'shared') }
}

/** Writes whole or not at all. */
export async function writeAtomic(file: string, content: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true })
  const next = `${file}.${process.pid}.${performance.now().toString(36).replace('.', '')}`
  await writeFile(next, content)
  await rename(next, file)
}

export async function readJson<T>(file: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as T
  } catch {
    return undefined
  }
}

/** Folders whose content is made, not written: never part of a digest or a copy. */
export const madeFolders = new Set(['node_modules', '.git', '.venv', '__pycache__', '.workbook'])

/** Every file below a folder that a person wrote, relative, sorted. */
export async function filesOf(dir: string): Promise<string[]> {
  const found: string[] = []
  const walk = async (below: string) => {
    for (const entry of await readdir(path.join(dir, below), { withFileTypes: true })) {
      if (madeFolders.has(entry.name)) continue
      const name = path.posix.join(below, entry.name)
      if (entry.isDirectory()) await walk(name)
      else if (entry.isFile()) found.push(name)
    }
  }
  await walk('')
  return found.sort()
}

/** SHA-256 over names and contents of a folder's written files. */
export async function digestOf(dir: string): Promise<string> {
  const hash = createHash('sha256')
  for (const name of await filesOf(dir)) {
    const content = await readFile(path.join(dir, name))
    hash.update(`${name}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}

/** Time of the newest change below a folder, epoch ms. */
export async function newestChange(dir: string): Promise<number> {
  const times = await Promise.all((await filesOf(dir)).map(async (name) => (await stat(path.join(dir, name))).mtimeMs))
  return Math.max(0, ...times)
}
