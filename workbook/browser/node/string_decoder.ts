import { Buffer } from './buffer.ts'
import { coded, wrongType } from './errors.ts'

/** Turns bytes into text piece by piece; what is not whole yet at the end of a piece waits for the next. */
export class StringDecoder {
  readonly encoding: BufferEncoding
  readonly #utf8: TextDecoder | undefined
  #rest: Buffer = Buffer.alloc(0)

  constructor(encoding: BufferEncoding | null = 'utf8') {
    const name = normal(encoding ?? 'utf8')
    if (name === undefined) throw coded(TypeError, 'ERR_UNKNOWN_ENCODING', `Unknown encoding: ${encoding}`)
    this.encoding = name
    this.#utf8 = name === 'utf8' ? new TextDecoder('utf-8', { ignoreBOM: true }) : undefined
  }

  write(chunk: string | ArrayBufferView): string {
    if (typeof chunk === 'string') return chunk
    if (!ArrayBuffer.isView(chunk)) throw wrongType('buf', 'an instance of Buffer, TypedArray, or DataView', chunk)
    const bytes = Buffer.from(chunk.buffer as ArrayBuffer, chunk.byteOffset, chunk.byteLength)
    if (this.#utf8 !== undefined) return this.#utf8.decode(bytes as Uint8Array<ArrayBuffer>, { stream: true })
    const unit = this.encoding === 'utf16le' ? 2 : this.encoding.startsWith('base64') ? 3 : 1
    const all = this.#rest.length > 0 ? Buffer.concat([this.#rest, bytes]) : bytes
    let whole = all.length - (all.length % unit)
    // The first half of a pair of surrogates waits for the second.
    if (unit === 2 && whole >= 2) {
      const last = all.readUInt16LE(whole - 2)
      if (last >= 0xd800 && last <= 0xdbff) whole -= 2
    }
    this.#rest = Buffer.from(all.subarray(whole))
    return all.toString(this.encoding, 0, whole)
  }

  end(chunk?: string | ArrayBufferView): string {
    const text = chunk === undefined ? '' : this.write(chunk)
    if (this.#utf8 !== undefined) return text + this.#utf8.decode()
    const rest = this.#rest
    this.#rest = Buffer.alloc(0)
    return text + rest.toString(this.encoding)
  }
}

const NAMES: Record<string, BufferEncoding> = {
  'utf-8': 'utf8',
  'ucs-2': 'utf16le',
  ucs2: 'utf16le',
  'utf-16le': 'utf16le',
  binary: 'latin1',
}

function normal(encoding: string): BufferEncoding | undefined {
  const lower = encoding.toLowerCase()
  if (!Buffer.isEncoding(lower)) return undefined
  return NAMES[lower] ?? (lower as BufferEncoding)
}

const module = { StringDecoder }

export { module as 'module.exports' }
export default module
