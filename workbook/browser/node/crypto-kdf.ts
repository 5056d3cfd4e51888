import { hkdf as nobleHkdf } from '@noble/hashes/hkdf.js'
import { pbkdf2 as noblePbkdf2 } from '@noble/hashes/pbkdf2.js'
import { scrypt as nobleScrypt } from '@noble/hashes/scrypt.js'
import { Buffer } from './buffer.ts'
import { algorithm } from './crypto-hash.ts'
import { bytesOf } from './crypto-input.ts'
import { KeyObject, secretBytes } from './crypto-key.ts'
import { coded, outOfRange, wrongType } from './errors.ts'
import { setImmediate } from './timers.ts'

type Done<T> = (error: Error | null, result?: T) => void

export interface ScryptOptions {
  N?: number
  cost?: number
  r?: number
  blockSize?: number
  p?: number
  parallelization?: number
  maxmem?: number
}

interface Scrypt {
  password: Buffer
  salt: Buffer
  params: { N: number; r: number; p: number; dkLen: number; maxmem: number }
}

export function scryptSync(password: unknown, salt: unknown, keylen: number, options?: ScryptOptions): Buffer {
  return runScrypt(checkScrypt(password, salt, keylen, options))
}

/** In a task of its own, as there is no other thread to go to: whoever waits for it holds up the rest meanwhile. */
export function scrypt(password: unknown, salt: unknown, keylen: number, ...rest: unknown[]): void {
  const done = rest.at(-1)
  const options = typeof rest[0] === 'object' ? (rest[0] as ScryptOptions) : undefined
  const given = checkScrypt(password, salt, keylen, options)
  checkCallback(done)
  later(done as Done<Buffer>, () => runScrypt(given))
}

function checkScrypt(password: unknown, salt: unknown, keylen: number, options: ScryptOptions = {}): Scrypt {
  const [pass, salted] = [bytesOf('password', password), bytesOf('salt', salt)]
  checkWhole('keylen', keylen, 0, 2 ** 31 - 1)
  const N = options.N ?? options.cost ?? 16_384
  const r = options.r ?? options.blockSize ?? 8
  const p = options.p ?? options.parallelization ?? 1
  const maxmem = options.maxmem ?? 32 * 1024 * 1024
  const invalid = (why = ''): Error =>
    coded(RangeError, 'ERR_CRYPTO_INVALID_SCRYPT_PARAMS', `Invalid scrypt params${why}`)
  if (N < 2 || (N & (N - 1)) !== 0 || r < 1 || p < 1 || p > (2 ** 30 - 1) / r) throw invalid()
  // OpenSSL's account: the vector, two blocks to work in, and one block for each lane.
  if (128 * r * (N + 2) + 128 * r * p > maxmem)
    throw invalid(': error:030000AC:digital envelope routines::memory limit exceeded')
  return { password: pass, salt: salted, params: { N, r, p, dkLen: keylen, maxmem: maxmem + 2048 * r * p } }
}

function runScrypt({ password, salt, params }: Scrypt): Buffer {
  return params.dkLen === 0 ? Buffer.alloc(0) : Buffer.from(nobleScrypt(password, salt, params))
}

export function pbkdf2Sync(
  password: unknown,
  salt: unknown,
  iterations: number,
  keylen: number,
  digest: string,
): Buffer {
  return checkPbkdf2(password, salt, iterations, keylen, digest)()
}

/** By WebCrypto, which is fast and holds nothing up, where it knows the hash. */
export function pbkdf2(
  password: unknown,
  salt: unknown,
  iterations: number,
  keylen: number,
  digest: string,
  done: Done<Buffer>,
): void {
  if (typeof digest === 'function') throw wrongType('digest', 'of type string', undefined)
  const run = checkPbkdf2(password, salt, iterations, keylen, digest)
  checkCallback(done)
  const name = /^(?:rsa-)?sha-?(1|256|384|512)$/i.exec(digest)?.[1]
  const subtle = globalThis.crypto?.subtle
  if (name === undefined || subtle === undefined || keylen === 0) {
    later(done, run)
    return
  }
  const pass = new Uint8Array(bytesOf('password', password))
  const salted = new Uint8Array(bytesOf('salt', salt))
  subtle
    .importKey('raw', pass, 'PBKDF2', false, ['deriveBits'])
    .then((key) =>
      subtle.deriveBits({ name: 'PBKDF2', hash: `SHA-${name}`, salt: salted, iterations }, key, keylen * 8),
    )
    .then(
      (bits) => later(done, () => Buffer.from(bits)),
      // A browser may not take an empty password: then in the long way.
      () => later(done, run),
    )
}

function checkPbkdf2(
  password: unknown,
  salt: unknown,
  iterations: number,
  keylen: number,
  digest: string,
): () => Buffer {
  if (typeof digest !== 'string') throw wrongType('digest', 'of type string', digest)
  const [pass, salted] = [bytesOf('password', password), bytesOf('salt', salt)]
  checkWhole('iterations', iterations, 1, 2 ** 31 - 1)
  checkWhole('keylen', keylen, 0, 2 ** 31 - 1)
  const found = named(digest)
  return () => {
    if (keylen === 0) throw noBits()
    return Buffer.from(noblePbkdf2(found, pass, salted, { c: iterations, dkLen: keylen }))
  }
}

export function hkdfSync(digest: string, key: unknown, salt: unknown, info: unknown, keylen: number): ArrayBuffer {
  if (typeof digest !== 'string') throw wrongType('digest', 'of type string', digest)
  const secret = key instanceof KeyObject ? secretBytes(key) : bytesOf('ikm', key)
  const [salted, about] = [bytesOf('salt', salt), bytesOf('info', info)]
  checkWhole('length', keylen, 0, Number.MAX_SAFE_INTEGER)
  if (about.length > 1024) throw outOfRange('info', 'must not contain more than 1024 bytes', about.length)
  const found = named(digest)
  if (keylen > 255 * found.outputLen) throw coded(RangeError, 'ERR_CRYPTO_INVALID_KEYLEN', 'Invalid key length')
  if (keylen === 0) throw noBits()
  return new Uint8Array(nobleHkdf(found, secret, salted, about, keylen)).buffer
}

export function hkdf(
  digest: string,
  key: unknown,
  salt: unknown,
  info: unknown,
  keylen: number,
  done: Done<ArrayBuffer>,
): void {
  checkCallback(done)
  const result = hkdfSync(digest, key, salt, info, keylen)
  later(done, () => result)
}

function named(digest: string): NonNullable<ReturnType<typeof algorithm>> {
  const found = algorithm(digest)
  if (found === undefined) throw coded(TypeError, 'ERR_CRYPTO_INVALID_DIGEST', `Invalid digest: ${digest}`)
  return found
}

/** OpenSSL derives no empty keys. */
const noBits = (): Error => new Error('Deriving bits failed')

function checkCallback(callback: unknown): void {
  if (typeof callback !== 'function') throw wrongType('callback', 'of type function', callback)
}

function checkWhole(name: string, value: unknown, least: number, most: number): void {
  if (typeof value !== 'number') throw wrongType(name, 'of type number', value)
  if (!Number.isInteger(value)) throw outOfRange(name, 'an integer', value)
  if (value < least || value > most) throw outOfRange(name, `>= ${least} && <= ${most}`, value)
}

function later<T>(done: Done<T>, run: () => T): void {
  setImmediate(() => {
    let result: T
    try {
      result = run()
    } catch (error) {
      done(error as Error)
      return
    }
    done(null, result)
  })
}
