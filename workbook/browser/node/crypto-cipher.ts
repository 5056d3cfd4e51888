import { cbc, ctr, gcm } from '@noble/ciphers/aes.js'
import { Buffer } from './buffer.ts'
import { bytesOf } from './crypto-input.ts'
import { KeyObject, secretBytes } from './crypto-key.ts'
import { timingSafeEqual } from './crypto-random.ts'
import { concat } from './der.ts'
import { coded } from './errors.ts'
import { notInThePage } from './refuse.ts'
import { Transform } from './stream.ts'
import { StringDecoder } from './string_decoder.ts'

type Mode = 'gcm' | 'cbc' | 'ctr'
interface Options {
  authTagLength?: number
}

const BLOCK = 16
const KEY = 'of type string or an instance of ArrayBuffer, Buffer, TypedArray, DataView, KeyObject, or CryptoKey'
const SIZES = ['128', '192', '256'] as const
const MODES = ['cbc', 'ctr', 'gcm'] as const

export const getCiphers = (): string[] => SIZES.flatMap((size) => MODES.map((mode) => `aes-${size}-${mode}`))

/** Keystream of counter mode that goes on where the last piece ended. GCM enciphers by the same one. */
class Counter {
  readonly #key: Uint8Array
  readonly #first: Uint8Array
  #bytes = 0

  constructor(key: Uint8Array, first: Uint8Array) {
    this.#key = key
    this.#first = first
  }

  apply(piece: Uint8Array): Uint8Array {
    const skip = this.#bytes % BLOCK
    const at = added(this.#first, Math.floor(this.#bytes / BLOCK))
    this.#bytes += piece.length
    return ctr(this.#key, at)
      .encrypt(concat([new Uint8Array(skip), piece]))
      .subarray(skip)
  }
}

/** A block of sixteen bytes as one number, plus `count`. */
function added(block: Uint8Array, count: number): Uint8Array {
  const sum = new Uint8Array(block)
  let carry = count
  for (let at = BLOCK - 1; at >= 0 && carry > 0; at -= 1) {
    carry += sum[at] ?? 0
    sum[at] = carry % 256
    carry = Math.floor(carry / 256)
  }
  return sum
}

abstract class Cipher extends Transform {
  protected readonly mode: Mode
  protected readonly key: Uint8Array
  protected readonly iv: Uint8Array
  protected readonly tagLength: number
  protected done = false
  protected aad = new Uint8Array()
  protected plain: Uint8Array[] = []
  protected rest: Uint8Array = new Uint8Array()
  protected last: Uint8Array
  protected padding = true
  readonly #counter: Counter
  #decoder: StringDecoder | undefined

  constructor(name: string, key: unknown, iv: unknown, { authTagLength = BLOCK }: Options = {}) {
    super()
    const [, size, mode] = /^aes-?(128|192|256)-(gcm|cbc|ctr)$/i.exec(String(name)) ?? []
    if (mode === undefined) throw coded(Error, 'ERR_CRYPTO_UNKNOWN_CIPHER', 'Unknown cipher')
    this.mode = mode.toLowerCase() as Mode
    this.key = new Uint8Array(key instanceof KeyObject ? secretBytes(key) : bytesOf('key', key, 'utf8', KEY))
    this.iv = new Uint8Array(bytesOf('iv', iv))
    if (this.key.length !== Number(size) / 8) throw coded(RangeError, 'ERR_CRYPTO_INVALID_KEYLEN', 'Invalid key length')
    const fits = this.mode === 'gcm' ? this.iv.length > 0 : this.iv.length === BLOCK
    if (!fits) throw coded(TypeError, 'ERR_CRYPTO_INVALID_IV', 'Invalid initialization vector')
    if (this.mode === 'gcm' && this.iv.length !== 12)
      throw notInThePage('AES-GCM with a nonce that has not 12 bytes', 'nobody should use one')
    this.tagLength = authTagLength
    this.last = this.iv
    this.#counter = new Counter(this.key, this.mode === 'gcm' ? concat([this.iv, Uint8Array.of(0, 0, 0, 2)]) : this.iv)
  }

  setAAD(bytes: unknown): this {
    if (this.done) throw stateError('setAAD')
    this.aad = new Uint8Array(bytesOf('buffer', bytes))
    return this
  }

  setAutoPadding(on = true): this {
    if (this.done) throw stateError('setAutoPadding')
    this.padding = Boolean(on)
    return this
  }

  update(data: unknown, encoding?: BufferEncoding, output?: string): Buffer | string {
    if (this.done) throw stateError('update')
    const expected = 'of type string or an instance of Buffer, TypedArray, or DataView'
    return this.#shown(this.piece(new Uint8Array(bytesOf('data', data, encoding, expected))), output, false)
  }

  final(output?: string): Buffer | string {
    if (this.done) throw stateError('final')
    this.done = true
    return this.#shown(this.finish(), output, true)
  }

  /** As text: what makes no whole letter yet waits for the next piece. */
  #shown(bytes: Uint8Array, output: string | undefined, last: boolean): Buffer | string {
    if (output === undefined || output === null || output === 'buffer') return Buffer.from(bytes)
    this.#decoder ??= new StringDecoder(output as BufferEncoding)
    return last ? this.#decoder.end(bytes) : this.#decoder.write(bytes)
  }

  protected abstract piece(bytes: Uint8Array): Uint8Array
  protected abstract finish(): Uint8Array

  protected stream(bytes: Uint8Array): Uint8Array {
    return this.#counter.apply(bytes)
  }

  /** The tag of all that went through, in the clear. */
  protected tag(): Uint8Array {
    const sealed = gcm(this.key, this.iv, this.aad).encrypt(concat(this.plain))
    return sealed.subarray(sealed.length - BLOCK).subarray(0, this.tagLength)
  }

  override _transform(chunk: Uint8Array, encoding: string, done: () => void): void {
    this.push(this.update(chunk, encoding as BufferEncoding))
    done()
  }

  override _flush(done: (error?: Error) => void): void {
    try {
      this.push(this.final())
    } catch (error) {
      done(error as Error)
      return
    }
    done()
  }
}

export class Cipheriv extends Cipher {
  protected piece(bytes: Uint8Array): Uint8Array {
    if (this.mode !== 'cbc') {
      if (this.mode === 'gcm') this.plain.push(bytes)
      return this.stream(bytes)
    }
    const all = concat([this.rest, bytes])
    const whole = all.length - (all.length % BLOCK)
    this.rest = all.subarray(whole)
    return this.#blocks(all.subarray(0, whole))
  }

  #blocks(bytes: Uint8Array): Uint8Array {
    if (bytes.length === 0) return bytes
    const out = cbc(this.key, this.last, { disablePadding: true }).encrypt(bytes)
    this.last = out.slice(-BLOCK)
    return out
  }

  protected finish(): Uint8Array {
    if (this.mode !== 'cbc') return new Uint8Array()
    if (!this.padding) {
      if (this.rest.length === 0) return new Uint8Array()
      throw openssl('ERR_OSSL_WRONG_FINAL_BLOCK_LENGTH', '1C80006B', 'wrong final block length')
    }
    const missing = BLOCK - this.rest.length
    return this.#blocks(concat([this.rest, new Uint8Array(missing).fill(missing)]))
  }

  getAuthTag(): Buffer {
    if (this.mode !== 'gcm' || !this.done) throw stateError('getAuthTag')
    return Buffer.from(this.tag())
  }
}

export class Decipheriv extends Cipher {
  #expected: Uint8Array | undefined

  setAuthTag(tag: unknown, encoding?: BufferEncoding): this {
    if (this.mode !== 'gcm' || this.done || this.#expected !== undefined) throw stateError('setAuthTag')
    const bytes = bytesOf('tag', tag, encoding)
    if (![4, 8, 12, 13, 14, 15, 16].includes(bytes.length))
      throw coded(TypeError, 'ERR_CRYPTO_INVALID_AUTH_TAG', `Invalid authentication tag length: ${bytes.length}`)
    this.#expected = new Uint8Array(bytes)
    return this
  }

  protected piece(bytes: Uint8Array): Uint8Array {
    if (this.mode !== 'cbc') {
      const plain = this.stream(bytes)
      if (this.mode === 'gcm') this.plain.push(plain)
      return plain
    }
    const all = concat([this.rest, bytes])
    // The last block may be padding, so it waits for the end.
    const keep = this.padding && all.length > 0 ? all.length % BLOCK || BLOCK : all.length % BLOCK
    this.rest = all.slice(all.length - keep)
    return this.#blocks(all.subarray(0, all.length - keep))
  }

  #blocks(bytes: Uint8Array): Uint8Array {
    if (bytes.length === 0) return bytes
    const out = cbc(this.key, this.last, { disablePadding: true }).decrypt(bytes)
    this.last = bytes.slice(-BLOCK)
    return out
  }

  protected finish(): Uint8Array {
    if (this.mode === 'gcm') {
      const expected = this.#expected
      const good = expected !== undefined && timingSafeEqual(expected, this.tag().subarray(0, expected.length))
      if (!good) throw new Error('Unsupported state or unable to authenticate data')
      return new Uint8Array()
    }
    if (this.mode === 'ctr' || (!this.padding && this.rest.length === 0)) return new Uint8Array()
    if (this.rest.length !== BLOCK)
      throw openssl('ERR_OSSL_WRONG_FINAL_BLOCK_LENGTH', '1C80006B', 'wrong final block length')
    const plain = this.#blocks(this.rest)
    const count = plain[BLOCK - 1] ?? 0
    const padding = plain.subarray(BLOCK - count)
    if (count < 1 || count > BLOCK || !padding.every((byte) => byte === count))
      throw openssl('ERR_OSSL_BAD_DECRYPT', '1C800064', 'bad decrypt')
    return plain.subarray(0, BLOCK - count)
  }
}

export const createCipheriv = (name: string, key: unknown, iv: unknown, options?: Options): Cipheriv =>
  new Cipheriv(name, key, iv, options)

export const createDecipheriv = (name: string, key: unknown, iv: unknown, options?: Options): Decipheriv =>
  new Decipheriv(name, key, iv, options)

const stateError = (what: string): Error => {
  if (what === 'update') return new Error('Trying to add data in unsupported state')
  const message = what === 'final' ? 'Invalid state' : `Invalid state for operation ${what}`
  return coded(Error, 'ERR_CRYPTO_INVALID_STATE', message)
}

const openssl = (code: string, number: string, reason: string): Error =>
  Object.assign(new Error(`error:${number}:Provider routines::${reason}`), {
    library: 'Provider routines',
    reason,
    code,
  })
