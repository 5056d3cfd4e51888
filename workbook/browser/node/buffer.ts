import * as npm from 'buffer/index.js'
import { coded, outOfRange, wrongType, wrongValue } from './errors.ts'

/**
 * The package `buffer` with what it lacks of Node's: the encoding `base64url` first of all, and the 64-bit and variable
 * names in other spellings. The functions are changed in place, so that a Buffer made anywhere has them.
 */
export const Buffer = npm.Buffer as unknown as typeof globalThis.Buffer

const proto = Buffer.prototype as unknown as Record<string, (...args: unknown[]) => unknown>
const statics = Buffer as unknown as Record<string, (...args: unknown[]) => unknown>

/** Its decoder takes either alphabet, so a name is all that is to be changed. */
const known = (encoding: unknown): unknown =>
  typeof encoding === 'string' && encoding.toLowerCase() === 'base64url' ? 'base64' : encoding

const url = (encoding: unknown): boolean => typeof encoding === 'string' && encoding.toLowerCase() === 'base64url'

const isText = (encoding: unknown): boolean =>
  encoding === undefined || encoding === null || /^utf-?8$/i.test(String(encoding))

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** The package counts broken sequences in its own way; this is the standard's, and Node's. */
function utf8(bytes: Uint8Array, [start, end]: unknown[]): string {
  const whole = (value: unknown, otherwise: number): number =>
    value === undefined ? otherwise : Math.min(Math.max(Math.trunc(Number(value)) || 0, 0), bytes.length)
  const from = whole(start, 0)
  const to = whole(end, bytes.length)
  if (to <= from) return ''
  return decoder.decode(new Uint8Array(bytes.buffer, bytes.byteOffset + from, to - from) as Uint8Array<ArrayBuffer>)
}

/** Node's estimate: by the length alone, whatever the characters are. */
function base64Length(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return ((text.length - padding) * 3) >>> 2
}

const unknownEncoding = (encoding: unknown): Error =>
  coded(TypeError, 'ERR_UNKNOWN_ENCODING', `Unknown encoding: ${String(encoding)}`)

if (!Buffer.isEncoding('base64url')) {
  const { isEncoding, byteLength } = statics as Record<'isEncoding' | 'byteLength', (...args: unknown[]) => unknown>
  const from = statics.from as (...args: unknown[]) => unknown
  const alloc = statics.alloc as (...args: unknown[]) => unknown
  const text = proto.toString as (...args: unknown[]) => string
  Object.assign(Buffer, {
    isEncoding: (encoding: unknown) => typeof encoding === 'string' && encoding !== '' && isEncoding(known(encoding)),
    byteLength: (value: unknown, encoding: unknown) =>
      typeof value === 'string' && known(String(encoding).toLowerCase()) === 'base64'
        ? base64Length(value)
        : byteLength(value, encoding),
    from: (value: unknown, encoding: unknown, ...more: unknown[]) => {
      if (typeof value !== 'string') return from(value, encoding, ...more)
      if (typeof encoding === 'string' && encoding !== '' && !Buffer.isEncoding(encoding))
        throw unknownEncoding(encoding)
      return from(value, known(encoding))
    },
    alloc: (size: unknown, fill: unknown, encoding: unknown) => {
      const made = alloc(size) as Buffer
      return fill === undefined || fill === 0
        ? made
        : Reflect.apply(proto.fill as () => unknown, made, [fill, encoding])
    },
    copyBytesFrom: (view: Uint8Array, offset = 0, length?: number) => {
      const part = view.subarray(offset, length === undefined ? undefined : offset + length)
      return Buffer.from(Buffer.from(part.buffer, part.byteOffset, part.byteLength))
    },
    of: (...bytes: number[]) => Buffer.from(bytes),
  })
  proto.toString = function shown(this: unknown, encoding?: unknown, ...range: unknown[]): string {
    const { length } = this as Uint8Array
    const [from = 0, to = length] = range
    if (length === 0 || Number(to) <= Number(from) || Number(from) >= length) return ''
    if (isText(encoding)) return utf8(this as Uint8Array, range)
    if (!Buffer.isEncoding(String(encoding))) throw unknownEncoding(encoding)
    if (!url(encoding)) return Reflect.apply(text, this, [encoding, ...range])
    const base64: string = Reflect.apply(text, this, ['base64', ...range])
    return base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
  }
  proto.toLocaleString = proto.toString
  for (const name of ['fill', 'indexOf', 'lastIndexOf', 'includes']) {
    const before = proto[name] as (...args: unknown[]) => unknown
    proto[name] = function (this: unknown, ...args: unknown[]): unknown {
      const [value, ...rest] = args
      const encoding = rest.find((one) => typeof one === 'string') as BufferEncoding | '' | undefined
      const isFill = name === 'fill'
      if (encoding !== undefined && !Buffer.isEncoding(encoding) && !(isFill && encoding === ''))
        throw unknownEncoding(encoding)
      const { length } = this as Uint8Array
      const empty = typeof value === 'string' && Buffer.from(value, encoding || 'utf8').length === 0
      if (empty && !isFill) {
        const at = Math.min(typeof rest[0] === 'number' ? rest[0] : name === 'lastIndexOf' ? length : 0, length)
        return name === 'includes' ? true : at < 0 ? Math.max(at + length, 0) : at
      }
      // Text that is nothing in its encoding would be filled in for ever.
      if (empty && value !== '' && length > 0) throw wrongValue('value', value)
      if (typeof value === 'string' && !isFill)
        return Reflect.apply(before, this, [
          Buffer.from(value, encoding || 'utf8'),
          typeof rest[0] === 'string' ? undefined : rest[0],
        ])
      return Reflect.apply(before, this, [value, ...rest.filter((one) => one !== '').map(known)])
    }
  }
  const writeAll = proto.write as (...args: unknown[]) => unknown
  proto.write = function write(this: unknown, ...args: unknown[]): number {
    const [given, ...rest] = args
    const self = this as Uint8Array
    if (typeof given !== 'string') throw wrongType('argument', 'of type string', given)
    const encoding = rest.find((one) => typeof one === 'string') as BufferEncoding | '' | undefined
    if (encoding && !Buffer.isEncoding(encoding)) throw unknownEncoding(encoding)
    // Hex ends where it is none; the package would read on.
    const value = /^hex$/i.test(encoding ?? '') ? (/^(?:[0-9a-f]{2})*/i.exec(given)?.[0] ?? '') : given
    const [offset = 0, most = self.length] = rest.filter((one) => typeof one === 'number')
    if (!(offset >= 0 && offset <= self.length)) throw outOfRange('offset', `>= 0 && <= ${self.length}`, offset)
    // `Buffer.from` writes by this very function, so the package's own fills a Buffer of the right size.
    const whole = Buffer.allocUnsafe(byteLength(value, known(encoding || 'utf8')) as number)
    const bytes = whole.subarray(0, writeAll.call(whole, value, 0, whole.length, known(encoding || 'utf8')) as number)
    let count = Math.min(bytes.length, most, self.length - offset)
    // No half letters.
    if (isText(encoding || undefined)) while (count > 0 && ((bytes[count] ?? 0) & 0xc0) === 0x80) count -= 1
    else if (/^(ucs|utf-?16)/i.test(encoding ?? '')) count -= count % 2
    self.set(bytes.subarray(0, count), offset)
    return count
  }
  proto.equals = function equals(this: unknown, other: unknown): boolean {
    if (!(other instanceof Uint8Array)) throw wrongType('otherBuffer', 'an instance of Buffer or Uint8Array', other)
    return Buffer.compare(this as Buffer, other) === 0
  }
  // Node has each reader of unsigned numbers under two spellings.
  for (const name of Object.getOwnPropertyNames(proto)) {
    if (/^(read|write)(Big)?UInt/.test(name)) proto[name.replace('UInt', 'Uint')] ??= proto[name] as () => unknown
  }
  Object.defineProperty(proto, Symbol.for('nodejs.util.inspect.custom'), {
    configurable: true,
    value(this: Uint8Array) {
      const shown = Array.from(this.subarray(0, constants.INSPECT_MAX_BYTES), (byte) =>
        byte.toString(16).padStart(2, '0'),
      )
      const more = this.length - shown.length
      if (more > 0) shown.push(`... ${more} more byte${more > 1 ? 's' : ''}`)
      return `<Buffer ${shown.join(' ')}>`
    },
  })
}

export const constants = { MAX_LENGTH: 2 ** 53 - 1, MAX_STRING_LENGTH: 2 ** 29 - 24, INSPECT_MAX_BYTES: 50 }
export const kMaxLength = constants.MAX_LENGTH
export const INSPECT_MAX_BYTES = constants.INSPECT_MAX_BYTES

/** As `new Buffer` of old: `buffer.SlowBuffer(size)`. */
export function SlowBuffer(size: number): Buffer {
  return Buffer.allocUnsafeSlow(size)
}

export function isUtf8(bytes: ArrayBuffer | Uint8Array<ArrayBuffer>): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

export function isAscii(bytes: ArrayBuffer | Uint8Array): boolean {
  return new Uint8Array(bytes instanceof Uint8Array ? bytes : bytes).every((byte) => byte < 128)
}

const { atob, btoa, Blob, File } = globalThis

export { atob, Blob, btoa, File }

const module = {
  Buffer,
  SlowBuffer,
  constants: { MAX_LENGTH: constants.MAX_LENGTH, MAX_STRING_LENGTH: constants.MAX_STRING_LENGTH },
  kMaxLength,
  INSPECT_MAX_BYTES,
  isUtf8,
  isAscii,
  atob,
  btoa,
  Blob,
  File,
}

export { module as 'module.exports' }
export default module
