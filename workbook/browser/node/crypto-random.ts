import { Buffer } from './buffer.ts'
import { coded, outOfRange, wrongType } from './errors.ts'
import { setImmediate } from './timers.ts'

type Done<T> = (error: Error | null, result: T) => void

/** What a browser gives at once. */
const MOST = 65_536

export function randomBytes(size: number): Buffer
export function randomBytes(size: number, done: Done<Buffer>): undefined
export function randomBytes(size: number, done?: Done<Buffer>): Buffer | undefined {
  if (typeof size !== 'number') throw wrongType('size', 'of type number', size)
  if (!(size >= 0 && size <= 2 ** 31 - 1)) throw outOfRange('size', '>= 0 && <= 2147483647', size)
  if (done !== undefined && typeof done !== 'function') throw wrongType('callback', 'of type function', done)
  const bytes = fill(Buffer.alloc(size))
  if (done === undefined) return bytes
  setImmediate(() => done(null, bytes))
  return undefined
}

export function randomFillSync<T extends ArrayBufferView | ArrayBuffer>(into: T, offset = 0, size?: number): T {
  const view = ArrayBuffer.isView(into)
    ? new Uint8Array(into.buffer as ArrayBuffer, into.byteOffset, into.byteLength)
    : into instanceof ArrayBuffer
      ? new Uint8Array(into)
      : undefined
  if (view === undefined) throw wrongType('buf', 'an instance of ArrayBuffer or ArrayBufferView', into)
  const unit = (into as unknown as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1
  const start = offset * unit
  if (!(start >= 0 && start <= view.length)) throw outOfRange('offset', `>= 0 && <= ${view.length}`, offset)
  const end = size === undefined ? view.length : start + size * unit
  if (end > view.length) throw outOfRange('size + offset', `<= ${view.length}`, end)
  fill(view.subarray(start, end))
  return into
}

export function randomFill<T extends ArrayBufferView | ArrayBuffer>(into: T, ...rest: unknown[]): void {
  const done = rest.pop()
  if (typeof done !== 'function') throw wrongType('callback', 'of type function', done)
  const [offset, size] = rest as [number | undefined, number | undefined]
  randomFillSync(into, offset, size)
  setImmediate(() => done(null, into))
}

/** `(max)`, `(min, max)`, each with a callback or without. */
export function randomInt(...args: unknown[]): number | undefined {
  const done = typeof args.at(-1) === 'function' ? (args.pop() as Done<number>) : undefined
  const [min, max] = args.length === 1 ? [0, args[0]] : args
  if (!Number.isSafeInteger(min)) throw wrongType('min', 'a safe integer', min)
  if (!Number.isSafeInteger(max)) throw wrongType('max', 'a safe integer', max)
  const [low, high] = [min as number, max as number]
  if (high <= low)
    throw coded(
      RangeError,
      'ERR_OUT_OF_RANGE',
      `The value of "max" is out of range. It must be greater than the value of "min" (${low}). Received ${high}`,
    )
  const range = high - low
  if (range > 2 ** 48 - 1)
    throw coded(
      RangeError,
      'ERR_OUT_OF_RANGE',
      `The value of "${args.length === 1 ? 'max' : 'max - min'}" is out of range. It must be <= 281474976710655. Received ${String(range).replace(/(?<=\d)(?=(\d{3})+$)/g, '_')}`,
    )
  // What lies above the last whole multiple is thrown again, or some numbers would come more often.
  const limit = 2 ** 48 - (2 ** 48 % range)
  let thrown = randomBytes(6).readUIntBE(0, 6)
  while (thrown >= limit) thrown = randomBytes(6).readUIntBE(0, 6)
  const number = low + (thrown % range)
  if (done === undefined) return number
  setImmediate(() => done(null, number))
  return undefined
}

export function randomUUID(): string {
  // Only a page of a secure context has it by itself.
  if (globalThis.crypto.randomUUID !== undefined) return globalThis.crypto.randomUUID()
  const bytes = randomBytes(16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

export function timingSafeEqual(left: unknown, right: unknown): boolean {
  const [a, b] = [view('buf1', left), view('buf2', right)]
  if (a.length !== b.length)
    throw coded(RangeError, 'ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH', 'Input buffers must have the same byte length')
  let different = 0
  for (let at = 0; at < a.length; at += 1) different |= (a[at] ?? 0) ^ (b[at] ?? 0)
  return different === 0
}

function view(name: string, value: unknown): Uint8Array {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  const message = `The "${name}" argument must be an instance of ArrayBuffer, Buffer, TypedArray, or DataView.`
  throw coded(TypeError, 'ERR_INVALID_ARG_TYPE', message)
}

function fill<T extends Uint8Array>(bytes: T): T {
  for (let at = 0; at < bytes.length; at += MOST)
    globalThis.crypto.getRandomValues(bytes.subarray(at, at + MOST) as Uint8Array<ArrayBuffer>)
  return bytes
}
