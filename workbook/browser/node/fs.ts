import { Buffer } from './buffer.ts'
import { coded, systemError, wrongType, wrongValue } from './errors.ts'
import { dropFile, type Entry, entryAt, exists, makeFolder, move, namesIn, writeAt } from './fs-tree.ts'
import path from './path.ts'
import { process } from './process.ts'
import { refusedAll } from './refuse.ts'
import { Readable } from './stream.ts'
import { setImmediate } from './timers.ts'
import { fileURLToPath } from './url.ts'

type PathLike = string | Uint8Array | URL
type Encoded =
  | BufferEncoding
  | null
  | { encoding?: BufferEncoding | null; flag?: string; withFileTypes?: boolean; recursive?: boolean }
  | undefined

export const constants = {
  F_OK: 0,
  R_OK: 4,
  W_OK: 2,
  X_OK: 1,
  O_RDONLY: 0,
  O_WRONLY: 1,
  O_RDWR: 2,
  S_IFMT: 61_440,
  S_IFREG: 32_768,
  S_IFDIR: 16_384,
}

/** The absolute path, and how it is named in messages. */
function place(name: unknown, label = 'path'): [whole: string, shown: string] {
  const text =
    name instanceof URL ? fileURLToPath(name) : name instanceof Uint8Array ? Buffer.from(name).toString() : name
  if (typeof text !== 'string') throw wrongType(label, 'of type string or an instance of Buffer or URL', name)
  if (text.includes('\0')) throw wrongValue(label, text, 'must be a string, Uint8Array, or URL without null bytes')
  return [path.resolve(process.cwd(), text).replace(/(?<=.)\/$/, ''), text]
}

/** What `stat` gives. Modes say no more than file or folder: nobody else uses the tree. */
export class Stats {
  readonly dev = 1
  readonly nlink = 1
  readonly uid = 0
  readonly gid = 0
  readonly rdev = 0
  readonly blksize = 4096
  readonly ino: number
  readonly mode: number
  readonly size: number
  readonly blocks: number
  readonly atimeMs: number
  readonly mtimeMs: number
  readonly ctimeMs: number
  readonly birthtimeMs: number
  readonly atime: Date
  readonly mtime: Date
  readonly ctime: Date
  readonly birthtime: Date

  constructor({ content, modified, created, id }: Entry) {
    this.ino = id
    this.mode = content === undefined ? constants.S_IFDIR | 0o755 : constants.S_IFREG | 0o644
    this.size = content?.length ?? 4096
    this.blocks = Math.ceil(this.size / 512)
    this.atimeMs = this.mtimeMs = this.ctimeMs = modified
    this.birthtimeMs = created
    this.atime = this.mtime = this.ctime = new Date(modified)
    this.birthtime = new Date(created)
  }

  isFile(): boolean {
    return (this.mode & constants.S_IFMT) === constants.S_IFREG
  }

  isDirectory(): boolean {
    return (this.mode & constants.S_IFMT) === constants.S_IFDIR
  }

  isSymbolicLink(): boolean {
    return false
  }

  isBlockDevice(): boolean {
    return false
  }

  isCharacterDevice(): boolean {
    return false
  }

  isFIFO(): boolean {
    return false
  }

  isSocket(): boolean {
    return false
  }
}

/** What `readdir` gives with `withFileTypes`. */
export class Dirent {
  readonly name: string
  readonly parentPath: string
  readonly #file: boolean

  constructor(name: string, parentPath: string, file: boolean) {
    this.name = name
    this.parentPath = parentPath
    this.#file = file
  }

  isFile(): boolean {
    return this.#file
  }

  isDirectory(): boolean {
    return !this.#file
  }

  isSymbolicLink(): boolean {
    return false
  }
}

function encodingOf(options: Encoded): BufferEncoding | undefined {
  const encoding = typeof options === 'object' && options !== null ? options.encoding : options
  if (encoding === undefined || encoding === null || (encoding as string) === 'buffer') return undefined
  if (!Buffer.isEncoding(encoding)) throw wrongValue('encoding', encoding, 'is invalid encoding')
  return encoding
}

export function readFileSync(name: PathLike, options?: Encoded): Buffer | string {
  const encoding = encodingOf(options)
  const [whole, shown] = place(name)
  const { content } = entryAt(whole, 'open', shown)
  if (content === undefined)
    throw systemError('EISDIR', 'read', { message: 'EISDIR: illegal operation on a directory, read' })
  const bytes = Buffer.from(content)
  return encoding === undefined ? bytes : bytes.toString(encoding)
}

export function writeFileSync(name: PathLike, data: unknown, options?: Encoded): void {
  const flag = typeof options === 'object' && options !== null ? options.flag : undefined
  const [whole, shown] = place(name)
  const bytes = contentOf(data, encodingOf(options))
  if (flag?.includes('x') && exists(whole)) throw systemError('EEXIST', 'open', { path: shown })
  const before = flag?.startsWith('a') && exists(whole) ? entryAt(whole, 'open', shown).content : undefined
  writeAt(whole, before === undefined ? new Uint8Array(bytes) : new Uint8Array(Buffer.concat([before, bytes])), shown)
}

export function appendFileSync(name: PathLike, data: unknown, options?: Encoded): void {
  const given = typeof options === 'object' && options !== null ? options : { encoding: options ?? null }
  writeFileSync(name, data, { flag: 'a', ...given })
}

function contentOf(data: unknown, encoding: BufferEncoding = 'utf8'): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data, encoding)
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  throw wrongType('data', 'of type string or an instance of Buffer, TypedArray, or DataView', data)
}

export function readdirSync(name: PathLike, options?: Encoded): string[] | Dirent[] {
  const [whole, shown] = place(name)
  if (entryAt(whole, 'scandir', shown).content !== undefined) throw systemError('ENOTDIR', 'scandir', { path: shown })
  const { withFileTypes = false, recursive = false } = typeof options === 'object' && options !== null ? options : {}
  const names = recursive ? deep(whole, '') : namesIn(whole)
  if (!withFileTypes) return names
  return names.map((one) => {
    const at = path.join(whole, one)
    return new Dirent(
      path.basename(one),
      path.join(shown, path.dirname(one)).replace(/\/\.$/, ''),
      entryAt(at, 'stat', at).content !== undefined,
    )
  })
}

function deep(folder: string, prefix: string): string[] {
  const here = namesIn(folder)
  const folders = here.filter((name) => entryAt(path.join(folder, name), 'stat', name).content === undefined)
  return [
    ...here.map((name) => prefix + name),
    ...folders.flatMap((name) => deep(path.join(folder, name), `${prefix}${name}/`)),
  ]
}

export function statSync(name: PathLike, options?: { throwIfNoEntry?: boolean }): Stats | undefined {
  return statOf('stat', name, options)
}

export function lstatSync(name: PathLike, options?: { throwIfNoEntry?: boolean }): Stats | undefined {
  return statOf('lstat', name, options)
}

function statOf(syscall: string, name: PathLike, options?: { throwIfNoEntry?: boolean }): Stats | undefined {
  const [whole, shown] = place(name)
  try {
    return new Stats(entryAt(whole, syscall, shown))
  } catch (error) {
    if (options?.throwIfNoEntry === false && /^(ENOENT|ENOTDIR)$/.test(String((error as { code?: string }).code)))
      return undefined
    throw error
  }
}

export function existsSync(name: PathLike): boolean {
  try {
    return exists(place(name)[0])
  } catch {
    return false
  }
}

/** Whatever is there may be read and written. */
export function accessSync(name: PathLike, mode: number = constants.F_OK): void {
  const [whole, shown] = place(name)
  const { content } = entryAt(whole, 'access', shown)
  if ((mode & constants.X_OK) !== 0 && content !== undefined) throw systemError('EACCES', 'access', { path: shown })
}

export function realpathSync(name: PathLike): string {
  const [whole, shown] = place(name)
  entryAt(whole, 'lstat', shown)
  return whole
}

export function mkdirSync(name: PathLike, options?: { recursive?: boolean } | number): string | undefined {
  const [whole, shown] = place(name)
  if (typeof options !== 'object' || options?.recursive !== true) {
    makeFolder(whole, shown)
    return undefined
  }
  const missing: string[] = []
  for (let at = whole; !exists(at); at = path.dirname(at)) missing.unshift(at)
  if (missing.length === 0 && entryAt(whole, 'mkdir', shown).content !== undefined)
    throw systemError('EEXIST', 'mkdir', { path: shown })
  for (const folder of missing) makeFolder(folder, shown)
  return missing[0]
}

export function mkdtempSync(prefix: string): string {
  const name = `${prefix}${Array.from(globalThis.crypto.getRandomValues(new Uint8Array(6)), (byte) => (byte % 36).toString(36)).join('')}`
  mkdirSync(name)
  return name
}

export function unlinkSync(name: PathLike): void {
  const [whole, shown] = place(name)
  if (entryAt(whole, 'unlink', shown).content === undefined) throw systemError('EISDIR', 'unlink', { path: shown })
  dropFile(whole)
}

export function rmdirSync(name: PathLike): void {
  const [whole, shown] = place(name)
  if (entryAt(whole, 'rmdir', shown).content !== undefined) throw systemError('ENOTDIR', 'rmdir', { path: shown })
  if (namesIn(whole).length > 0) throw systemError('ENOTEMPTY', 'rmdir', { path: shown })
  dropFile(whole)
}

export function rmSync(name: PathLike, { force = false, recursive = false } = {}): void {
  const [whole, shown] = place(name)
  if (force && !exists(whole)) return
  const { content } = entryAt(whole, 'lstat', shown)
  if (content === undefined && !recursive) {
    const message = `Path is a directory: rm returned EISDIR (is a directory) ${shown}`
    throw Object.assign(coded(Error, 'ERR_FS_EISDIR', message), {
      name: 'SystemError',
      path: shown,
      syscall: 'rm',
      errno: 21,
    })
  }
  dropFile(whole)
}

export function renameSync(from: PathLike, to: PathLike): void {
  const [source, shownSource] = place(from, 'oldPath')
  const [target, shownTarget] = place(to, 'newPath')
  move(source, target, [shownSource, shownTarget])
}

export function copyFileSync(from: PathLike, to: PathLike): void {
  const [source, shown] = place(from, 'src')
  const [target, shownTarget] = place(to, 'dest')
  try {
    const { content } = entryAt(source, 'copyfile', shown)
    if (content !== undefined) writeAt(target, new Uint8Array(content), shownTarget)
  } catch (error) {
    const { code } = error as { code: 'ENOENT' | 'ENOTDIR' | 'EISDIR' }
    throw systemError(code, 'copyfile', { path: shown, dest: shownTarget })
  }
}

interface StreamOptions {
  encoding?: BufferEncoding
  start?: number
  end?: number
  highWaterMark?: number
  fd?: unknown
}

/** A file piece by piece. The error of one that is not there comes as 'error', as in Node. */
export class ReadStream extends Readable {
  readonly path: string
  bytesRead = 0
  pending = true
  #content: Uint8Array = new Uint8Array()
  readonly #options: StreamOptions

  constructor(name: PathLike, options: StreamOptions | BufferEncoding = {}) {
    const given = typeof options === 'string' ? { encoding: options } : options
    super({ highWaterMark: given.highWaterMark ?? 64 * 1024, ...(given.encoding && { encoding: given.encoding }) })
    this.path = place(name)[1]
    this.#options = given
  }

  override _construct(done: (error?: Error) => void): void {
    setImmediate(() => {
      try {
        const bytes = readFileSync(this.path) as Buffer
        const { start = 0, end = Number.POSITIVE_INFINITY } = this.#options
        this.#content = bytes.subarray(start, Math.min(end + 1, bytes.length))
      } catch (error) {
        done(error as Error)
        return
      }
      this.pending = false
      done()
      this.emit('open', 0)
      this.emit('ready')
    })
  }

  override _read(size: number): void {
    const most = Math.min(size, this.readableHighWaterMark)
    const piece = this.#content.subarray(0, most)
    this.#content = this.#content.subarray(most)
    this.bytesRead += piece.length
    // Later, as the system would: a reader gets one piece at a time.
    setImmediate(() => this.push(piece.length > 0 ? piece : null))
  }

  close(done?: (error?: Error | null) => void): void {
    if (done !== undefined) this.once('close', () => done())
    this.destroy()
  }
}

export const createReadStream = (name: PathLike, options?: StreamOptions | BufferEncoding): ReadStream =>
  new ReadStream(name, options)

/** The functions that come in three forms: synchronous, with a callback, and as a promise. */
const TRIPLE = {
  readFile: readFileSync,
  writeFile: writeFileSync,
  appendFile: appendFileSync,
  readdir: readdirSync,
  stat: statSync,
  lstat: lstatSync,
  access: accessSync,
  realpath: realpathSync,
  mkdir: mkdirSync,
  mkdtemp: mkdtempSync,
  unlink: unlinkSync,
  rmdir: rmdirSync,
  rm: rmSync,
  rename: renameSync,
  copyFile: copyFileSync,
}
type Sync = (...args: never[]) => unknown
type Triple = typeof TRIPLE
type Later = { [Name in keyof Triple]: (...args: Parameters<Triple[Name]>) => Promise<ReturnType<Triple[Name]>> }
type WithCallback = { [Name in keyof Triple]: (...args: unknown[]) => void }

function each<To>(form: (run: Sync) => unknown): To {
  const entries = Object.entries(TRIPLE).map(([name, run]) => [name, form(run as Sync)])
  // The names are those of TRIPLE, and each form keeps the arguments.
  return Object.fromEntries(entries) as To
}

const later = each<Later>((run) => (...args: never[]) => {
  return new Promise((resolve, reject) => {
    // In a task of its own: a program that asks again and again must let others work.
    setImmediate(() => {
      try {
        resolve(run(...args))
      } catch (error) {
        reject(error)
      }
    })
  })
})

const WHY = 'its files lie in memory, and nobody tells of changes'
const NOT_OFFERED = [
  'watch',
  'watchFile',
  'unwatchFile',
  'open',
  'openSync',
  'createWriteStream',
  'symlink',
  'symlinkSync',
  'link',
  'chmod',
  'chmodSync',
  'opendir',
  'cp',
  'cpSync',
  'glob',
] as const

export const promises = {
  ...later,
  // In this form Node asks the system by another call, which an error names.
  async realpath(name: PathLike): Promise<string> {
    const [whole, shown] = place(name)
    entryAt(whole, 'realpath', shown)
    return whole
  },
  constants,
  ...refusedAll('fs.promises', ['watch', 'open', 'opendir', 'symlink', 'link', 'chmod', 'cp', 'glob'], WHY),
}

const callbacks = each<WithCallback>((run) => (...args: unknown[]) => {
  const done = args.pop()
  if (typeof done !== 'function') throw wrongType('cb', 'of type function', done)
  // Wrong arguments are thrown at once, as in Node; what the tree says comes later.
  setImmediate(() => {
    let result: unknown
    try {
      result = run(...(args as never[]))
    } catch (error) {
      done(error)
      return
    }
    done(null, result)
  })
})

export const {
  readFile,
  writeFile,
  appendFile,
  readdir,
  stat,
  lstat,
  access,
  realpath,
  mkdir,
  mkdtemp,
  unlink,
  rmdir,
  rm,
  rename,
  copyFile,
} = callbacks
export const { watch, watchFile, unwatchFile, open, openSync, createWriteStream } = refusedAll('fs', NOT_OFFERED, WHY)

const module = {
  ...callbacks,
  ...refusedAll('fs', NOT_OFFERED, WHY),
  readFileSync,
  writeFileSync,
  appendFileSync,
  readdirSync,
  statSync,
  lstatSync,
  existsSync,
  accessSync,
  realpathSync,
  mkdirSync,
  mkdtempSync,
  unlinkSync,
  rmdirSync,
  rmSync,
  renameSync,
  copyFileSync,
  createReadStream,
  ReadStream,
  Stats,
  Dirent,
  constants,
  promises,
}

export { module as 'module.exports' }
export default module
