import { Buffer } from './buffer.ts'
import { coded } from './errors.ts'

export type ParsedUrlQuery = Record<string, string | string[]>

interface ParseOptions {
  maxKeys?: number
  decodeURIComponent?: (text: string) => string
}

/** Node's: not `encodeURIComponent`, as a lone surrogate throws with a code of its own. */
function escapeText(value: unknown): string {
  const text = typeof value === 'object' && value !== null ? String(value) : `${value as string}`
  try {
    return encodeURIComponent(text)
  } catch {
    throw coded(URIError, 'ERR_INVALID_URI', 'URI malformed')
  }
}

/** Never throws: what is no UTF-8 becomes U+FFFD. */
function unescapeText(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return unescapeBuffer(text).toString()
  }
}

export function unescapeBuffer(text: string): Buffer {
  const source = Buffer.from(String(text), 'latin1')
  const bytes: number[] = []
  for (let at = 0; at < source.length; at += 1) {
    const hex = source.toString('latin1', at + 1, at + 3)
    if (source[at] === 0x25 && /^[0-9a-f]{2}$/i.test(hex)) {
      bytes.push(Number.parseInt(hex, 16))
      at += 2
    } else bytes.push(source[at] ?? 0)
  }
  return Buffer.from(bytes)
}

export function stringify(
  value: unknown,
  separator?: string | null,
  equals?: string | null,
  options?: { encodeURIComponent?: (text: string) => string } | null,
): string {
  const and = separator || '&'
  const is = equals || '='
  if (typeof value !== 'object' || value === null) return ''
  const encode = options?.encodeURIComponent ?? module.escape
  const shown = (one: unknown): string => {
    if (typeof one === 'string') return one
    if (typeof one === 'number' && Number.isFinite(one)) return `${one}`
    return typeof one === 'bigint' || typeof one === 'boolean' ? `${one}` : ''
  }
  const pair = (key: string, one: unknown): string => `${encode(key)}${is}${encode(shown(one))}`
  return Object.entries(value)
    .flatMap(([key, one]) => (Array.isArray(one) ? one.map((each) => pair(key, each)) : [pair(key, one)]))
    .join(and)
}

export function parse(
  text: unknown,
  separator?: string | null,
  equals?: string | null,
  options?: ParseOptions | null,
): ParsedUrlQuery {
  const found: ParsedUrlQuery = Object.create(null)
  if (typeof text !== 'string' || text === '') return found
  const is = equals ? `${equals}` : '='
  const most = options?.maxKeys ?? 1000
  const decode = options?.decodeURIComponent ?? module.unescape
  const decoded = (part: string): string => {
    const spaced = part.replaceAll('+', ' ')
    try {
      return decode(spaced)
    } catch {
      return unescapeText(spaced)
    }
  }
  const pairs = text.split(separator ? `${separator}` : '&').filter((pair) => pair !== '')
  for (const pair of most > 0 ? pairs.slice(0, most) : pairs) {
    const at = pair.indexOf(is)
    const key = decoded(at < 0 ? pair : pair.slice(0, at))
    const value = at < 0 ? '' : decoded(pair.slice(at + is.length))
    const before = found[key]
    if (before === undefined) found[key] = value
    else if (Array.isArray(before)) before.push(value)
    else found[key] = [before, value]
  }
  return found
}

const module = {
  escape: escapeText,
  unescape: unescapeText,
  unescapeBuffer,
  stringify,
  encode: stringify,
  parse,
  decode: parse,
}
export const { encode, decode } = module
export { escapeText as escape, module as 'module.exports', unescapeText as unescape }
export default module
