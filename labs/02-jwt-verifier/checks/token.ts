/** Tokens, made by hand: what an attacker makes has to be wrong in exactly one way, and libraries make only right ones. */
import { createHmac, createPublicKey, sign, verify } from 'node:crypto'

export type Json = Record<string, unknown>

/** Base64url of a value's JSON, or of a text as it is. */
export const part = (value: Json | string): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** A compact token with an RS256 signature. `claims` as text is taken as it is, JSON or not. */
export function rs256(header: Json, claims: Json | string, privateKey: string): string {
  const input = `${part(header)}.${part(claims)}`
  return `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`
}

/** A compact token with an HMAC; `header.alg` says which is told, `bits` which is made. */
export function hmac(bits: 256 | 384 | 512, header: Json, claims: Json, secret: Buffer | string): string {
  const input = `${part(header)}.${part(claims)}`
  return `${input}.${createHmac(`sha${bits}`, secret).update(input).digest('base64url')}`
}

/** The three parts of a compact token. */
export function partsOf(token: string): [string, string, string] {
  const [head = '', body = '', signature = ''] = token.split('.')
  return [head, body, signature]
}

/** Did this key sign the token, by RS256? */
export function signedBy(token: string, privateKey: string): boolean {
  const at = token.lastIndexOf('.')
  const signature = Buffer.from(token.slice(at + 1), 'base64url')
  return verify('sha256', Buffer.from(token.slice(0, at)), createPublicKey(privateKey), signature)
}

/** The JSON object of a part; undefined where it is none. */
export function objectOf(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined
  } catch {
    return undefined
  }
}

/** The same part with one bit of what it decodes to changed. */
export function flipped(text: string, at: (bytes: number) => number): string {
  const bytes = Buffer.from(text, 'base64url')
  const i = at(bytes.length)
  bytes[i] = (bytes[i] ?? 0) ^ 1
  return bytes.toString('base64url')
}
