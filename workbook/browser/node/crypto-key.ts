import { Buffer } from './buffer.ts'
import { bytesOf } from './crypto-input.ts'
import {
  BIT_STRING,
  concat,
  contentOf,
  INTEGER,
  inside,
  integer,
  NULL,
  OBJECT_ID,
  OCTET_STRING,
  readAll,
  SEQUENCE,
  unsigned,
  write,
} from './der.ts'
import { coded, wrongType, wrongValue } from './errors.ts'
import { notInThePage } from './refuse.ts'

/** The numbers of an RSA key, without leading zeros. */
interface Rsa {
  kind: 'rsa'
  n: Uint8Array
  e: Uint8Array
  /** d, p, q, dp, dq, qi, of a private key. */
  secret?: readonly Uint8Array[]
}

/** A key of an elliptic curve: both halves of the point, as long as the curve's numbers. */
interface Ec {
  kind: 'ec'
  curve: Curve
  x: Uint8Array
  y: Uint8Array
  d?: Uint8Array
}

type Pair = Rsa | Ec

interface Curve {
  jwk: string
  openssl: string
  oid: Uint8Array
  bytes: number
}

const RSA = Uint8Array.of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01)
const EC = Uint8Array.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01)
const CURVES: readonly Curve[] = [
  {
    jwk: 'P-256',
    openssl: 'prime256v1',
    oid: Uint8Array.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07),
    bytes: 32,
  },
  { jwk: 'P-384', openssl: 'secp384r1', oid: Uint8Array.of(0x2b, 0x81, 0x04, 0x00, 0x22), bytes: 48 },
  { jwk: 'P-521', openssl: 'secp521r1', oid: Uint8Array.of(0x2b, 0x81, 0x04, 0x00, 0x23), bytes: 66 },
]
const SECRETS = ['d', 'p', 'q', 'dp', 'dq', 'qi'] as const

type Jwk = Record<string, string>
interface ExportOptions {
  type?: string
  format?: string
  cipher?: string
  passphrase?: string
}

/** Node's class. `toCryptoKey` is left out, as WebCrypto takes keys only asynchronously; jose goes by way of the JWK. */
export abstract class KeyObject {
  readonly type: 'secret' | 'public' | 'private'

  constructor(type: 'secret' | 'public' | 'private') {
    this.type = type
  }

  abstract equals(other: KeyObject): boolean
  abstract export(options?: ExportOptions): Buffer | string | Jwk

  get [Symbol.toStringTag](): string {
    return 'KeyObject'
  }

  static from(): never {
    throw notInThePage('crypto.KeyObject.from', 'a CryptoKey gives its content only asynchronously')
  }
}

class SecretKeyObject extends KeyObject {
  readonly bytes: Buffer

  constructor(bytes: Buffer) {
    super('secret')
    this.bytes = bytes
    Object.defineProperty(this, 'bytes', { enumerable: false })
  }

  get symmetricKeySize(): number {
    return this.bytes.length
  }

  equals(other: KeyObject): boolean {
    return other instanceof SecretKeyObject && this.bytes.equals(other.bytes)
  }

  export(options: ExportOptions = {}): Buffer | Jwk {
    if (options.format === 'jwk') return { kty: 'oct', k: this.bytes.toString('base64url') }
    if (options.format !== undefined && options.format !== 'buffer')
      throw wrongValue('options.format', options.format, "must be one of: undefined, 'buffer', 'jwk'")
    return Buffer.from(this.bytes)
  }
}

abstract class AsymmetricKeyObject extends KeyObject {
  readonly pair: Pair

  constructor(type: 'public' | 'private', pair: Pair) {
    super(type)
    this.pair = pair
    Object.defineProperty(this, 'pair', { enumerable: false })
  }

  get asymmetricKeyType(): 'rsa' | 'ec' {
    return this.pair.kind
  }

  get asymmetricKeyDetails(): { modulusLength: number; publicExponent: bigint } | { namedCurve: string } {
    const { pair } = this
    if (pair.kind === 'ec') return { namedCurve: pair.curve.openssl }
    const lead = Math.clz32(pair.n[0] ?? 0) - 24
    return {
      modulusLength: pair.n.length * 8 - lead,
      publicExponent: BigInt(`0x${Buffer.from(pair.e).toString('hex')}`),
    }
  }

  equals(other: KeyObject): boolean {
    if (!(other instanceof AsymmetricKeyObject) || other.type !== this.type) return false
    return JSON.stringify(this.export({ format: 'jwk' })) === JSON.stringify(other.export({ format: 'jwk' }))
  }
}

class PublicKeyObject extends AsymmetricKeyObject {
  constructor(pair: Pair) {
    super('public', pair)
  }

  export(options: ExportOptions = {}): Buffer | string | Jwk {
    const { pair } = this
    if (options.format === 'jwk') return jwk(pair, false)
    checkFormat(options)
    if (options.type === 'spki') return encoded(spki(pair), 'PUBLIC KEY', options)
    if (options.type === 'pkcs1' && pair.kind === 'rsa')
      return encoded(write(SEQUENCE, integer(pair.n), integer(pair.e)), 'RSA PUBLIC KEY', options)
    throw wrongValue('options.type', options.type)
  }
}

class PrivateKeyObject extends AsymmetricKeyObject {
  constructor(pair: Pair) {
    super('private', pair)
  }

  export(options: ExportOptions = {}): Buffer | string | Jwk {
    const { pair } = this
    if (options.cipher !== undefined || options.passphrase !== undefined)
      throw notInThePage('exporting a key under a passphrase', 'keys are only written in the clear')
    if (options.format === 'jwk') return jwk(pair, true)
    checkFormat(options)
    const inner = pair.kind === 'rsa' ? pkcs1(pair) : sec1(pair, false)
    if (options.type === 'pkcs8')
      return encoded(
        write(SEQUENCE, write(INTEGER, Uint8Array.of(0)), algorithmId(pair), write(OCTET_STRING, inner)),
        'PRIVATE KEY',
        options,
      )
    if (options.type === 'pkcs1' && pair.kind === 'rsa') return encoded(inner, 'RSA PRIVATE KEY', options)
    if (options.type === 'sec1' && pair.kind === 'ec') return encoded(sec1(pair, true), 'EC PRIVATE KEY', options)
    throw wrongValue('options.type', options.type)
  }
}

export function createSecretKey(key: unknown, encoding?: BufferEncoding): KeyObject {
  const expected = 'an instance of ArrayBuffer, Buffer, TypedArray, or DataView'
  return new SecretKeyObject(Buffer.from(bytesOf('key', key, encoding, expected)))
}

/** The bytes of a secret key, for those who compute with it. */
export function secretBytes(key: KeyObject): Buffer {
  if (key instanceof SecretKeyObject) return key.bytes
  throw wrongKind(key.type, 'secret')
}

/** From PEM or DER (PKCS#8, PKCS#1, SEC 1) or a JWK. RSA and the NIST curves. */
export function createPrivateKey(key: unknown): KeyObject {
  if (key instanceof KeyObject) throw wrongInput(key)
  const pair = read(key)
  if (isPrivate(pair)) return new PrivateKeyObject(pair)
  const { format, type } = key as { format?: string; type?: string }
  if (format === 'jwk') throw coded(TypeError, 'ERR_CRYPTO_INVALID_JWK', 'JWK does not contain private key material')
  if (format === 'der' && type === 'spki') throw wrongValue('key.type', type)
  throw unsupported()
}

/** From PEM or DER (SPKI, PKCS#1), a JWK, or anything that `createPrivateKey` takes, or what it gave. */
export function createPublicKey(key: unknown): KeyObject {
  if (key instanceof KeyObject) {
    if (key instanceof PrivateKeyObject) return new PublicKeyObject(publicHalf(key.pair))
    throw wrongKind(key.type, 'private')
  }
  return new PublicKeyObject(publicHalf(read(key, 'KeyObject, or CryptoKey')))
}

const isPrivate = (pair: Pair): boolean => (pair.kind === 'rsa' ? pair.secret : pair.d) !== undefined

function publicHalf(pair: Pair): Pair {
  if (pair.kind === 'rsa') return { kind: 'rsa', n: pair.n, e: pair.e }
  const { kind, curve, x, y } = pair
  return { kind, curve, x, y }
}

function read(input: unknown, also?: string): Pair {
  if (typeof input === 'string' || ArrayBuffer.isView(input) || input instanceof ArrayBuffer) return fromPem(input)
  if (typeof input !== 'object' || input === null) throw wrongInput(input, also)
  const {
    key,
    format = 'pem',
    type,
    passphrase,
  } = input as {
    key?: unknown
    format?: string
    type?: string
    passphrase?: unknown
  }
  if (passphrase !== undefined)
    throw notInThePage('a key under a passphrase', 'keys are only read that are in the clear')
  if (format === 'jwk') {
    if (typeof key !== 'object' || key === null) throw wrongType('key.key', 'of type object', key)
    return fromJwk(key as Jwk)
  }
  if (key instanceof AsymmetricKeyObject) return key.pair
  if (format === 'pem') return fromPem(bytesOf('key.key', key))
  if (format !== 'der') throw wrongValue('options.format', format)
  const der = bytesOf('key.key', key)
  return decode(() => {
    if (type === 'pkcs8') return fromPkcs8(der)
    if (type === 'spki') return fromSpki(der)
    if (type === 'sec1') return fromSec1(der)
    if (type === 'pkcs1') return fromPkcs1(der)
    throw wrongValue('options.type', type)
  })
}

function fromPem(input: string | ArrayBufferView | ArrayBuffer): Pair {
  const text = typeof input === 'string' ? input : bytesOf('key', input).toString('latin1')
  const found = /-----BEGIN ([A-Z0-9 ]+)-----\r?\n([\s\S]*?)\r?\n?-----END \1-----/.exec(text)
  const [, label, base64 = ''] = found ?? []
  if (label === 'ENCRYPTED PRIVATE KEY' || /^Proc-Type:/m.test(base64))
    throw notInThePage('a key under a passphrase', 'keys are only read that are in the clear')
  if (label === 'CERTIFICATE') throw notInThePage('a key out of a certificate', 'certificates are not read')
  const der = Buffer.from(base64, 'base64')
  return decode(() => {
    switch (label) {
      case 'PRIVATE KEY':
        return fromPkcs8(der)
      case 'PUBLIC KEY':
        return fromSpki(der)
      case 'RSA PRIVATE KEY':
      case 'RSA PUBLIC KEY':
        return fromPkcs1(der)
      case 'EC PRIVATE KEY':
        return fromSec1(der)
      default:
        throw unsupported()
    }
  })
}

/** What is broken is to Node's decoder something that it does not know. */
function decode(run: () => Pair): Pair {
  try {
    return run()
  } catch (error) {
    throw error instanceof RangeError ? unsupported() : error
  }
}

function fromPkcs8(der: Uint8Array): Pair {
  const [, algorithm, key] = inside(readAll(der)[0])
  const [oid, parameters] = inside(algorithm)
  const bytes = contentOf(key, OCTET_STRING)
  if (same(contentOf(oid, OBJECT_ID), RSA)) return fromPkcs1(bytes)
  if (same(contentOf(oid, OBJECT_ID), EC)) return fromSec1(bytes, curveOf(contentOf(parameters, OBJECT_ID)))
  throw unsupported()
}

function fromSpki(der: Uint8Array): Pair {
  const [algorithm, key] = inside(readAll(der)[0])
  const [oid, parameters] = inside(algorithm)
  // The first byte says how many bits of the last one do not count: none.
  const bytes = contentOf(key, BIT_STRING).subarray(1)
  if (same(contentOf(oid, OBJECT_ID), RSA)) return fromPkcs1(bytes)
  if (same(contentOf(oid, OBJECT_ID), EC)) return point(curveOf(contentOf(parameters, OBJECT_ID)), bytes)
  throw unsupported()
}

/** RFC 8017, A.1: two numbers of a public key; of a private one a version before, and six after. */
function fromPkcs1(der: Uint8Array): Rsa {
  const nodes = inside(readAll(der)[0])
  if (nodes.length === 2) return { kind: 'rsa', n: unsigned(nodes[0]), e: unsigned(nodes[1]) }
  if (nodes.length < 9) throw unsupported()
  const [n, e, ...secret] = nodes.slice(1, 9).map(unsigned)
  if (n === undefined || e === undefined) throw unsupported()
  return { kind: 'rsa', n, e, secret }
}

/** RFC 5915. The public point may be left out there; nothing here computes it. */
function fromSec1(der: Uint8Array, known?: Curve): Ec {
  const [, secret, ...rest] = inside(readAll(der)[0])
  const named = rest.find(({ tag }) => tag === 0xa0)
  const curve = known ?? curveOf(contentOf(inside(named, 0xa0)[0], OBJECT_ID))
  const open = rest.find(({ tag }) => tag === 0xa1)
  if (open === undefined) throw notInThePage('a private key without its public half', 'points are not computed')
  const pair = point(curve, contentOf(inside(open, 0xa1)[0], BIT_STRING).subarray(1))
  return { ...pair, d: padded(contentOf(secret, OCTET_STRING), curve.bytes) }
}

function point(curve: Curve, bytes: Uint8Array): Ec {
  if (bytes[0] !== 4 || bytes.length !== 1 + 2 * curve.bytes)
    throw notInThePage('a point of a curve in short form', 'points are not computed')
  return { kind: 'ec', curve, x: bytes.subarray(1, 1 + curve.bytes), y: bytes.subarray(1 + curve.bytes) }
}

function fromJwk(key: Jwk): Pair {
  const part = (name: string): Uint8Array => {
    const value = key[name]
    if (typeof value !== 'string') throw wrongType(`key.${name}`, 'of type string', value)
    return Buffer.from(value, 'base64url')
  }
  const number = (name: string): Uint8Array => {
    const bytes = part(name)
    const from = bytes.findIndex((byte) => byte !== 0)
    return bytes.subarray(Math.max(from, 0))
  }
  if (key.kty === 'RSA') {
    const open = { kind: 'rsa', n: number('n'), e: number('e') } as const
    return key.d === undefined ? open : { ...open, secret: SECRETS.map(number) }
  }
  if (key.kty === 'EC') {
    const curve = CURVES.find(({ jwk }) => jwk === key.crv)
    if (curve === undefined) throw coded(Error, 'ERR_CRYPTO_INVALID_CURVE', 'Invalid EC curve name')
    const open = { kind: 'ec', curve, x: part('x'), y: part('y') } as const
    return key.d === undefined ? open : { ...open, d: part('d') }
  }
  if (key.kty === 'OKP') throw notInThePage('a key of Ed25519 or X25519', 'RSA and the NIST curves are read')
  throw coded(TypeError, 'ERR_CRYPTO_INVALID_JWK', `${key.kty} is not a supported JWK key type`)
}

function jwk(pair: Pair, secret: boolean): Jwk {
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')
  if (pair.kind === 'ec') {
    const { curve, x, y, d } = pair
    const open = { crv: curve.jwk, ...(secret && d !== undefined && { d: text(d) }), kty: 'EC', x: text(x), y: text(y) }
    return open
  }
  const numbers = secret ? SECRETS.map((name, at) => [name, text(pair.secret?.[at] ?? new Uint8Array())]) : []
  return { kty: 'RSA', n: text(pair.n), e: text(pair.e), ...Object.fromEntries(numbers) }
}

function algorithmId(pair: Pair): Uint8Array {
  return pair.kind === 'rsa'
    ? write(SEQUENCE, write(OBJECT_ID, RSA), write(NULL))
    : write(SEQUENCE, write(OBJECT_ID, EC), write(OBJECT_ID, pair.curve.oid))
}

function spki(pair: Pair): Uint8Array {
  const bytes = pair.kind === 'rsa' ? write(SEQUENCE, integer(pair.n), integer(pair.e)) : whole(pair)
  return write(SEQUENCE, algorithmId(pair), write(BIT_STRING, Uint8Array.of(0), bytes))
}

function pkcs1(pair: Rsa): Uint8Array {
  const numbers = [pair.n, pair.e, ...(pair.secret ?? [])].map(integer)
  return write(SEQUENCE, write(INTEGER, Uint8Array.of(0)), ...numbers)
}

function sec1(pair: Ec, named: boolean): Uint8Array {
  return write(
    SEQUENCE,
    write(INTEGER, Uint8Array.of(1)),
    write(OCTET_STRING, pair.d ?? new Uint8Array()),
    ...(named ? [write(0xa0, write(OBJECT_ID, pair.curve.oid))] : []),
    write(0xa1, write(BIT_STRING, Uint8Array.of(0), whole(pair))),
  )
}

const whole = ({ x, y }: Ec): Uint8Array => concat([Uint8Array.of(4), x, y])

function encoded(der: Uint8Array, label: string, { format }: ExportOptions): Buffer | string {
  if (format === 'der') return Buffer.from(der)
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

function checkFormat({ format }: ExportOptions): void {
  if (format !== 'pem' && format !== 'der') throw wrongValue('options.format', format)
}

function curveOf(oid: Uint8Array): Curve {
  const found = CURVES.find((curve) => same(curve.oid, oid))
  if (found === undefined) throw notInThePage('a key of this curve', 'P-256, P-384 and P-521 are read')
  return found
}

function padded(bytes: Uint8Array, length: number): Uint8Array {
  return bytes.length >= length ? bytes : concat([new Uint8Array(length - bytes.length), bytes])
}

const same = (left: Uint8Array, right: Uint8Array): boolean =>
  left.length === right.length && left.every((byte, at) => byte === right[at])

const unsupported = (): Error =>
  Object.assign(new Error('error:1E08010C:DECODER routines::unsupported'), {
    library: 'DECODER routines',
    reason: 'unsupported',
    code: 'ERR_OSSL_UNSUPPORTED',
  })

const wrongKind = (found: string, expected: string): Error =>
  coded(TypeError, 'ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE', `Invalid key object type ${found}, expected ${expected}.`)

const wrongInput = (value: unknown, also = 'or URL'): Error =>
  wrongType('key', `of type string or an instance of ArrayBuffer, Buffer, TypedArray, DataView, ${also}`, value)
