import { Buffer } from './buffer.ts'
import { wrongType } from './errors.ts'

/** What Node takes for bytes. */
export type Bytes = string | ArrayBuffer | ArrayBufferView

const EXPECTED = 'of type string or an instance of ArrayBuffer, Buffer, TypedArray, or DataView'

/** Bytes of an argument, over the same memory where it has some. */
export function bytesOf(
  name: string,
  value: unknown,
  encoding: BufferEncoding | undefined = 'utf8',
  expected: string = EXPECTED,
): Buffer {
  if (typeof value === 'string')
    return Buffer.from(value, encoding === ('buffer' as BufferEncoding) ? 'utf8' : encoding)
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength)
  if (value instanceof ArrayBuffer) return Buffer.from(value)
  throw wrongType(name, expected, value)
}

/** A result as the caller wants it: a Buffer, or text in an encoding. */
export function shown(bytes: Uint8Array, encoding: string | undefined): Buffer | string {
  const buffer = Buffer.from(bytes)
  return encoding === undefined || encoding === null || encoding === 'buffer'
    ? buffer
    : buffer.toString(encoding as BufferEncoding)
}
