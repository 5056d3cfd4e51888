/** The page's side of `crypto.subtle` for Workers that have none. */
import type { KeyHandle, SubtleAnswer, SubtleCall } from '../worker/subtle.ts'

/** Serves one Worker; its keys go with the port. */
export function serveSubtle(port: MessagePort): void {
  const keys: CryptoKey[] = []
  const received = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || value instanceof ArrayBuffer)
      return value
    if (Array.isArray(value)) return value
    if ('keyHandle' in value) return keys[value.keyHandle as number]
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, received(inner)]))
  }
  const handle = (key: CryptoKey): KeyHandle => {
    const { type, extractable, algorithm, usages } = key
    return { keyHandle: keys.push(key) - 1, type, extractable, algorithm: { ...algorithm }, usages: [...usages] }
  }
  const told = (value: unknown): unknown => {
    if (value instanceof CryptoKey) return handle(value)
    if (typeof value === 'object' && value !== null && 'publicKey' in value && 'privateKey' in value)
      return { publicKey: told(value.publicKey), privateKey: told(value.privateKey) }
    return value
  }
  port.onmessage = async ({ data: { id, method, args } }: MessageEvent<SubtleCall>) => {
    let answer: SubtleAnswer
    try {
      const { subtle } = crypto
      if (subtle === undefined)
        throw new DOMException('WebCrypto needs https, or an address of this machine', 'NotSupportedError')
      const work = subtle[method as 'digest'] as (...words: unknown[]) => Promise<unknown>
      answer = { id, value: told(await work.apply(subtle, args.map(received))) }
    } catch (error) {
      const { name, message } = error as Error
      answer = { id, error: { name, message } }
    }
    port.postMessage(answer)
  }
}
