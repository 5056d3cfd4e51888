import { blake2b, blake2s } from '@noble/hashes/blake2.js'
import { hmac } from '@noble/hashes/hmac.js'
import { md5, ripemd160, sha1 } from '@noble/hashes/legacy.js'
import { sha224, sha256, sha384, sha512, sha512_224, sha512_256 } from '@noble/hashes/sha2.js'
import { sha3_224, sha3_256, sha3_384, sha3_512 } from '@noble/hashes/sha3.js'
import { bytesOf, shown } from './crypto-input.ts'
import { KeyObject, secretBytes } from './crypto-key.ts'
import { coded, wrongType } from './errors.ts'
import { Transform } from './stream.ts'

type Algorithm = typeof sha256 | typeof sha512 | typeof md5 | typeof blake2b
interface Running {
  update(bytes: Uint8Array): unknown
  digest(): Uint8Array
  clone(): Running
}

const ALGORITHMS: Record<string, Algorithm> = {
  md5,
  sha1,
  ripemd160,
  rmd160: ripemd160,
  sha224,
  sha256,
  sha384,
  sha512,
  'sha512-224': sha512_224,
  'sha512-256': sha512_256,
  'sha3-224': sha3_224,
  'sha3-256': sha3_256,
  'sha3-384': sha3_384,
  'sha3-512': sha3_512,
  blake2b512: blake2b,
  blake2s256: blake2s,
}

/** The names of all hashes. */
export const getHashes = (): string[] => Object.keys(ALGORITHMS)

/** A hash by OpenSSL's name, in any case, also as part of a signature's name. */
export function algorithm(name: string): Algorithm | undefined {
  return ALGORITHMS[name.toLowerCase().replace(/^rsa-(?=sha|md5|ripemd)/, '')]
}

const DATA = 'of type string or an instance of Buffer, TypedArray, or DataView'
const finalized = (): Error => coded(Error, 'ERR_CRYPTO_HASH_FINALIZED', 'Digest already called')

abstract class Digest extends Transform {
  abstract update(data: unknown, encoding?: BufferEncoding): this
  abstract digest(encoding?: string): Buffer | string

  override _transform(chunk: Uint8Array, encoding: string, done: () => void): void {
    this.update(chunk, encoding as BufferEncoding)
    done()
  }

  override _flush(done: () => void): void {
    this.push(this.digest())
    done()
  }
}

export class Hash extends Digest {
  readonly #running: Running
  #done = false

  constructor(running: Running) {
    super()
    this.#running = running
  }

  update(data: unknown, encoding?: BufferEncoding): this {
    if (this.#done) throw finalized()
    if (data instanceof ArrayBuffer) throw wrongType('data', DATA, data)
    this.#running.update(bytesOf('data', data, encoding, DATA))
    return this
  }

  digest(encoding?: string): Buffer | string {
    if (this.#done) throw finalized()
    this.#done = true
    return shown(this.#running.digest(), encoding)
  }

  copy(): Hash {
    if (this.#done) throw finalized()
    return new Hash(this.#running.clone())
  }
}

export class Hmac extends Digest {
  readonly #running: Running
  #done = false

  constructor(running: Running) {
    super()
    this.#running = running
  }

  update(data: unknown, encoding?: BufferEncoding): this {
    if (this.#done) throw finalized()
    if (data instanceof ArrayBuffer) throw wrongType('data', DATA, data)
    this.#running.update(bytesOf('data', data, encoding, DATA))
    return this
  }

  /** A second time it is empty, as in Node. */
  digest(encoding?: string): Buffer | string {
    const bytes = this.#done ? new Uint8Array() : this.#running.digest()
    this.#done = true
    return shown(bytes, encoding)
  }
}

export function createHash(name: string): Hash {
  if (typeof name !== 'string') throw wrongType('algorithm', 'of type string', name)
  return new Hash(hashNamed(name).create() as Running)
}

export function createHmac(name: string, key: unknown): Hmac {
  if (typeof name !== 'string') throw wrongType('hmac', 'of type string', name)
  const bytes = key instanceof KeyObject ? secretBytes(key) : bytesOf('key', key, 'utf8', KEY)
  const found = algorithm(name)
  if (found === undefined) throw coded(TypeError, 'ERR_CRYPTO_INVALID_DIGEST', `Invalid digest: ${name}`)
  return new Hmac(hmac.create(found, bytes) as Running)
}

const KEY = 'of type string or an instance of ArrayBuffer, Buffer, TypedArray, DataView, KeyObject, or CryptoKey'

/** `crypto.hash`: all in one, as hex. */
export function hash(
  name: string,
  data: unknown,
  options: string | { outputEncoding?: string } = 'hex',
): Buffer | string {
  if (typeof name !== 'string') throw wrongType('algorithm', 'of type string', name)
  const encoding = typeof options === 'string' ? options : (options.outputEncoding ?? 'hex')
  const bytes = bytesOf('input', data, 'utf8', DATA)
  return shown(hashNamed(name, true)(bytes), encoding)
}

function hashNamed(name: string, oneShot = false): Algorithm {
  const found = algorithm(name)
  if (found === undefined)
    throw new Error(oneShot ? `Digest method ${name} is not supported` : 'Digest method not supported')
  return found
}
