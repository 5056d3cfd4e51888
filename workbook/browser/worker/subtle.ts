/**
 * `crypto.subtle` where the Worker has none: Chromium gives it to secure contexts alone, and a Worker of a frame with an opaque origin is none (Secure Contexts,
 * section 3.1). The page, which is one, does the work; keys stay there, and what stands for them here is a number.
 */

export type SubtleCall = { id: number; method: string; args: unknown[] }
export type SubtleAnswer = { id: number; value: unknown } | { id: number; error: { name: string; message: string } }

/** A key of the page, as it crosses the port. */
export interface KeyHandle {
  keyHandle: number
  type: string
  extractable: boolean
  algorithm: unknown
  usages: string[]
}

const METHODS = [
  'decrypt',
  'deriveBits',
  'deriveKey',
  'digest',
  'encrypt',
  'exportKey',
  'generateKey',
  'importKey',
  'sign',
  'unwrapKey',
  'verify',
  'wrapKey',
] as const

/** Stands for a key of the page. */
class CryptoKey {
  readonly type: string
  readonly extractable: boolean
  readonly algorithm: unknown
  readonly usages: string[]
  /** Not to be seen among its properties, as of a real one. */
  readonly #handle: number

  constructor({ keyHandle, type, extractable, algorithm, usages }: KeyHandle) {
    this.type = type
    this.extractable = extractable
    this.algorithm = algorithm
    this.usages = usages
    this.#handle = keyHandle
  }

  get [Symbol.toStringTag]() {
    return 'CryptoKey'
  }

  static handleOf(key: CryptoKey): { keyHandle: number } {
    return { keyHandle: key.#handle }
  }
}

/**
 * Puts `crypto.subtle` and `crypto.randomUUID` where they are missing.
 * @returns whether the port is used
 */
export function provideSubtle(port: MessagePort): boolean {
  const missing = globalThis.crypto as { subtle?: unknown; randomUUID?: unknown }
  if (missing.randomUUID === undefined) Object.defineProperty(crypto, 'randomUUID', { value: randomUUID })
  if (missing.subtle !== undefined) return false
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let serial = 0
  port.onmessage = ({ data }: MessageEvent<SubtleAnswer>) => {
    const call = waiting.get(data.id)
    waiting.delete(data.id)
    if ('error' in data) call?.reject(new DOMException(data.error.message, data.error.name))
    else call?.resolve(revived(data.value))
  }
  const call = (method: string, args: unknown[]) => {
    const id = ++serial
    const result = Promise.withResolvers<unknown>()
    waiting.set(id, result)
    try {
      port.postMessage({ id, method, args: args.map(sent) } satisfies SubtleCall)
    } catch (error) {
      result.reject(error)
    }
    return result.promise
  }
  const subtle = Object.fromEntries(METHODS.map((name) => [name, (...args: unknown[]) => call(name, args)]))
  Object.defineProperty(crypto, 'subtle', { value: subtle })
  Object.assign(globalThis, { CryptoKey })
  return true
}

/** An argument as it crosses: a key as its number, also inside of `{ name: 'ECDH', public: key }`; bytes as they are. */
function sent(value: unknown): unknown {
  if (value instanceof CryptoKey) return CryptoKey.handleOf(value)
  // A view of a large buffer (Node's Buffer has a pool) is copied alone.
  if (ArrayBuffer.isView(value))
    return new Uint8Array(value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength) as ArrayBuffer)
  if (value instanceof ArrayBuffer || Array.isArray(value) || typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, sent(inner)]))
}

function revived(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if ('keyHandle' in value) return new CryptoKey(value as KeyHandle)
  if ('publicKey' in value && 'privateKey' in value)
    return { publicKey: revived(value.publicKey), privateKey: revived(value.privateKey) }
  return value
}

/** RFC 9562, section 5.4. */
function randomUUID(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
