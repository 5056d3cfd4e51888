import { systemError } from './errors.ts'
import path from './path.ts'

/** A file of the tree, or a folder where `content` is undefined. Times are milliseconds since 1970. */
export interface Entry {
  content: Uint8Array | undefined
  modified: number
  created: number
  id: number
}

const entries = new Map<string, Entry>()
let lastId = 0

/** Puts files into the tree, by absolute path; folders come by themselves. What was there before goes. Set by the runtime. */
export function setFiles(files: Readonly<Record<string, string | Uint8Array>>): void {
  entries.clear()
  for (const [name, content] of Object.entries(files)) putFile(name, content)
}

/** Adds or changes one file from outside of the program, folders included. */
export function putFile(name: string, content: string | Uint8Array): void {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  const whole = path.resolve('/', name)
  for (let folder = path.dirname(whole); !entries.has(folder); folder = path.dirname(folder)) {
    entries.set(folder, made(undefined))
    if (folder === '/') break
  }
  const before = entries.get(whole)
  if (before === undefined) entries.set(whole, made(bytes))
  else Object.assign(before, { content: bytes, modified: Date.now() })
}

/** Takes a file away, or a folder with all that is in it. */
export function dropFile(name: string): void {
  const whole = path.resolve('/', name)
  for (const key of entries.keys()) if (key === whole || key.startsWith(`${whole}/`)) entries.delete(key)
}

function made(content: Uint8Array | undefined): Entry {
  lastId += 1
  const now = Date.now()
  return { content, modified: now, created: now, id: lastId }
}

/** The entry at an absolute path, or the error that Linux would give. */
export function entryAt(whole: string, syscall: string, shown: string): Entry {
  const found = whole === '/' && !entries.has('/') ? made(undefined) : entries.get(whole)
  if (found !== undefined) return found
  throw systemError(underFile(whole) ? 'ENOTDIR' : 'ENOENT', syscall, { path: shown })
}

/** Is one of the folders on the way a file? */
function underFile(whole: string): boolean {
  for (let at = path.dirname(whole); at !== '/'; at = path.dirname(at)) {
    const entry = entries.get(at)
    if (entry !== undefined) return entry.content !== undefined
  }
  return false
}

/** The names in a folder, in order. */
export function namesIn(whole: string): string[] {
  const prefix = whole === '/' ? '/' : `${whole}/`
  const names = [...entries.keys()].filter((key) => key.startsWith(prefix) && key !== '/')
  return names
    .map((key) => key.slice(prefix.length))
    .filter((name) => name !== '' && !name.includes('/'))
    .sort()
}

/** Writes a file whose folder must be there. */
export function writeAt(whole: string, content: Uint8Array, shown: string): void {
  const folder = entryAtFolder(whole, 'open', shown)
  const before = entries.get(whole)
  if (before !== undefined && before.content === undefined) throw systemError('EISDIR', 'open', { path: shown })
  if (before === undefined) {
    entries.set(whole, made(content))
    folder.modified = Date.now()
  } else Object.assign(before, { content, modified: Date.now() })
}

export function makeFolder(whole: string, shown: string): void {
  entryAtFolder(whole, 'mkdir', shown)
  if (entries.has(whole) || whole === '/') throw systemError('EEXIST', 'mkdir', { path: shown })
  entries.set(whole, made(undefined))
}

export function move(from: string, to: string, shown: [string, string]): void {
  if (!exists(from))
    throw systemError(underFile(from) ? 'ENOTDIR' : 'ENOENT', 'rename', { path: shown[0], dest: shown[1] })
  const entry = entryAt(from, 'rename', shown[0])
  const folder = path.dirname(to)
  if (folder !== '/' && entries.get(folder)?.content !== undefined)
    throw systemError('ENOTDIR', 'rename', { path: shown[0], dest: shown[1] })
  if (folder !== '/' && !entries.has(folder)) throw systemError('ENOENT', 'rename', { path: shown[0], dest: shown[1] })
  const moved = [...entries].filter(([key]) => key === from || key.startsWith(`${from}/`))
  dropFile(to)
  for (const [key] of moved) entries.delete(key)
  for (const [key, one] of moved) entries.set(to + key.slice(from.length), one === entry ? entry : one)
}

export const exists = (whole: string): boolean => whole === '/' || entries.has(whole)

function entryAtFolder(whole: string, syscall: string, shown: string): Entry {
  const folder = path.dirname(whole)
  if (folder === '/' && !entries.has('/')) entries.set('/', made(undefined))
  const found = entries.get(folder)
  if (found === undefined) throw systemError(underFile(whole) ? 'ENOTDIR' : 'ENOENT', syscall, { path: shown })
  if (found.content !== undefined) throw systemError('ENOTDIR', syscall, { path: shown })
  return found
}
