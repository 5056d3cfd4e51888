import { coded } from './errors.ts'

export type HeaderValue = string | number | readonly string[]

/** Header fields by the lower-case name; the first part of a value is the name as it was written. */
export type Fields = Map<string, [name: string, value: HeaderValue]>

const TOKEN = /^[\^_`a-zA-Z\-0-9!#$%&'*+.|~]+$/
const FORBIDDEN = /[^\t\x20-\x7e\x80-\xff]/

export function validateHeaderName(name: unknown, label = 'Header name'): asserts name is string {
  if (typeof name !== 'string' || !TOKEN.test(name))
    throw coded(
      TypeError,
      'ERR_INVALID_HTTP_TOKEN',
      `${label || 'Header name'} must be a valid HTTP token ["${String(name)}"]`,
    )
}

export function validateHeaderValue(name: string, value: unknown): void {
  if (value === undefined)
    throw coded(TypeError, 'ERR_HTTP_INVALID_HEADER_VALUE', `Invalid value "${value}" for header "${name}"`)
  if (FORBIDDEN.test(String(value)))
    throw coded(TypeError, 'ERR_INVALID_CHAR', `Invalid character in header content ["${name}"]`)
}

/** A status message holds what a header may. */
export const hasForbidden = (text: string): boolean => FORBIDDEN.test(text)

/** Of these the first counts; of all others the values are joined. */
const ONCE = new Set([
  'age',
  'authorization',
  'content-length',
  'content-type',
  'etag',
  'expires',
  'from',
  'host',
  'if-modified-since',
  'if-unmodified-since',
  'last-modified',
  'location',
  'max-forwards',
  'proxy-authorization',
  'referer',
  'retry-after',
  'server',
  'user-agent',
])

export type IncomingFields = Record<string, string | string[] | undefined>

/** `request.headers`: Node's rules for names that come more than once. */
export function joined(raw: readonly [string, string][]): IncomingFields {
  const fields: IncomingFields = {}
  for (const [written, value] of raw) {
    const name = written.toLowerCase()
    const before = fields[name]
    if (name === 'set-cookie') fields[name] = Array.isArray(before) ? [...before, value] : [value]
    else if (before === undefined) fields[name] = value
    else if (!ONCE.has(name)) fields[name] = `${String(before)}${name === 'cookie' ? '; ' : ', '}${value}`
  }
  return fields
}

/** `request.headersDistinct`: every value by itself. */
export function distinct(raw: readonly [string, string][]): Record<string, string[]> {
  const fields: Record<string, string[]> = Object.create(null)
  for (const [written, value] of raw) {
    const name = written.toLowerCase()
    fields[name] = [...(fields[name] ?? []), value]
  }
  return fields
}

/** What goes over the wire of one field: a line for each value of a list, but one line for cookies. */
export function lines(name: string, value: HeaderValue): [string, string][] {
  if (typeof value !== 'object') return [[name, String(value)]]
  if (name.toLowerCase() === 'cookie') return [[name, value.join('; ')]]
  return value.map((one) => [name, String(one)])
}
