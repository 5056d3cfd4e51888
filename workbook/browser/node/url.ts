import { coded, wrongType } from './errors.ts'
import querystring from './querystring.ts'
import { refusedAll } from './refuse.ts'

const { URL, URLSearchParams } = globalThis

export { URL, URLSearchParams }

/** `url.parse`'s result, which parseurl (and so express) makes by itself. */
export class Url {
  protocol: string | null = null
  slashes: boolean | null = null
  auth: string | null = null
  host: string | null = null
  port: string | null = null
  hostname: string | null = null
  hash: string | null = null
  search: string | null = null
  query: string | Record<string, string | string[]> | null = null
  pathname: string | null = null
  path: string | null = null
  href: string | null = null

  parse(text: string, withQuery = false, slashesDenoteHost = false): this {
    return Object.assign(this, parse(text, withQuery, slashesDenoteHost))
  }

  format(): string {
    return format(this)
  }

  resolve(to: string): string {
    return resolve(this.format(), to)
  }
}

const SIMPLE = /^(\/\/?(?!\/)[^?\s]*)(\?[^\s]*)?$/
const HOSTLESS = new Set(['javascript:'])
const SLASHED = new Set(['http:', 'https:', 'ftp:', 'gopher:', 'file:', 'ws:', 'wss:'])
const ESCAPED = /[\t\n\r "'<>\\^`{|}]/g

const escaped = (text: string): string =>
  text.replace(ESCAPED, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)

/** Node's old parser, as far as paths and addresses of the web go. */
export function parse(input: string | Url, withQuery = false, slashesDenoteHost = false): Url {
  if (input instanceof Url) return input
  if (typeof input !== 'string') throw wrongType('url', 'of type string', input)
  const url = new Url()
  // Node lets a plain path through as it is.
  const simple =
    slashesDenoteHost || /[#@]/.test(input)
      ? null
      : SIMPLE.exec(input.trim().replace(/^[^?]*/, (path) => path.replaceAll('\\', '/')))
  if (simple !== null) {
    const [whole, pathname = '', search = null] = simple
    url.path = url.href = whole
    url.pathname = pathname
    url.search = search
    if (search !== null) url.query = withQuery ? querystring.parse(search.slice(1)) : search.slice(1)
    else if (withQuery) url.query = Object.create(null)
    return url
  }
  const [, before = '', after = ''] = /^([^?#]*)([\s\S]*)$/.exec(input.trim()) ?? []
  let rest = before.replaceAll('\\', '/') + after

  const protocol = /^[a-z0-9.+-]+:/i.exec(rest)?.[0]
  const scheme = protocol?.toLowerCase()
  if (protocol !== undefined && scheme !== undefined) {
    url.protocol = scheme
    rest = rest.slice(protocol.length)
  }
  if (slashesDenoteHost || protocol !== undefined || /^\/\/[^@/]+@[^@/]+/.test(rest)) {
    if (rest.startsWith('//') && !HOSTLESS.has(scheme ?? '')) {
      url.slashes = true
      rest = rest.slice(2)
    }
  }
  if (!HOSTLESS.has(scheme ?? '') && (url.slashes || (scheme !== undefined && !SLASHED.has(scheme)))) {
    const end = /[/?#]/.exec(rest)?.index ?? rest.length
    const at = rest.slice(0, end).lastIndexOf('@')
    if (at >= 0) url.auth = decodeURIComponent(rest.slice(0, at))
    const host = rest.slice(at + 1, end)
    // What no name may hold begins the path.
    const bad = /[\t\n\r "%'<>\\^`{|}]/.exec(host)?.index ?? host.length
    rest = rest.slice(at + 1 + bad)
    const port = /:(\d*)$/.exec(host.slice(0, bad))
    const name = port === null ? host.slice(0, bad) : host.slice(0, port.index)
    url.port = port?.[1] ? port[1] : null
    url.hostname = name.toLowerCase().replace(/^\[(.*)\]$/, '$1')
    url.host = `${name.toLowerCase()}${url.port === null ? '' : `:${url.port}`}`
    if (rest !== '' && !/^[/?#]/.test(rest)) rest = `/${rest}`
  }
  if (scheme !== 'javascript:') rest = escaped(rest)

  const hash = rest.indexOf('#')
  if (hash >= 0) {
    url.hash = rest.slice(hash)
    rest = rest.slice(0, hash)
  }
  const question = rest.indexOf('?')
  if (question >= 0) {
    url.search = rest.slice(question)
    const query = rest.slice(question + 1)
    url.query = withQuery ? querystring.parse(query) : query
    rest = rest.slice(0, question)
  } else if (withQuery) {
    url.search = null
    url.query = Object.create(null)
  }
  if (rest !== '') url.pathname = rest
  if (SLASHED.has(scheme ?? '') && url.hostname && !url.pathname) url.pathname = '/'
  if (url.pathname || url.search) url.path = `${url.pathname ?? ''}${url.search ?? ''}`
  url.href = format(url)
  return url
}

interface Formatted {
  fragment?: boolean
  search?: boolean
  auth?: boolean
}

export function format(input: string | Url | URL | object, options: Formatted = {}): string {
  if (typeof input === 'string') return format(parse(input))
  if (input instanceof URL) {
    const copy = new URL(input)
    if (options.fragment === false) copy.hash = ''
    if (options.search === false) copy.search = ''
    if (options.auth === false) copy.username = copy.password = ''
    return copy.href
  }
  if (typeof input !== 'object' || input === null) throw wrongType('urlObject', 'one of type object or string', input)
  const url = input as Partial<Record<keyof Url, unknown>>
  const text = (value: unknown): string => (value === undefined || value === null ? '' : String(value))
  const auth = url.auth ? `${encodeURIComponent(text(url.auth)).replace(/%3A/i, ':')}@` : ''
  let protocol = text(url.protocol)
  if (protocol !== '' && !protocol.endsWith(':')) protocol += ':'
  let host = ''
  if (url.host) host = auth + text(url.host)
  else if (url.hostname) {
    const name = text(url.hostname)
    host = `${auth}${name.includes(':') && !name.startsWith('[') ? `[${name}]` : name}${url.port ? `:${text(url.port)}` : ''}`
  }
  const query = typeof url.query === 'object' && url.query !== null ? querystring.stringify(url.query) : ''
  let search = text(url.search) || (query === '' ? '' : `?${query}`)
  let pathname = text(url.pathname).replace(/[?#]/g, encodeURIComponent)
  if (url.slashes || ((protocol === '' || SLASHED.has(protocol)) && host !== '')) {
    if (url.slashes || host !== '') {
      if (pathname !== '' && !pathname.startsWith('/')) pathname = `/${pathname}`
      host = `//${host}`
    }
  }
  search = search.replaceAll('#', '%23')
  if (search !== '' && !search.startsWith('?')) search = `?${search}`
  let hash = text(url.hash)
  if (hash !== '' && !hash.startsWith('#')) hash = `#${hash}`
  return protocol + host + pathname + search + hash
}

/** As a browser does it; a base without an address is one of paths. */
export function resolve(from: string, to: string): string {
  const base = new URL(from, 'resolve://')
  const found = new URL(to, base)
  if (found.protocol !== 'resolve:') return found.href
  return `${found.pathname}${found.search}${found.hash}`
}

export function fileURLToPath(input: string | URL): string {
  if (typeof input !== 'string' && !(input instanceof URL))
    throw wrongType('path', 'of type string or an instance of URL', input)
  const url = typeof input === 'string' ? new URL(input) : input
  if (url.protocol !== 'file:') throw coded(TypeError, 'ERR_INVALID_URL_SCHEME', 'The URL must be of scheme file')
  if (url.hostname !== '')
    throw coded(TypeError, 'ERR_INVALID_FILE_URL_HOST', 'File URL host must be "localhost" or empty on linux')
  if (/%2f/i.test(url.pathname))
    throw coded(TypeError, 'ERR_INVALID_FILE_URL_PATH', 'File URL path must not include encoded / characters')
  return decodeURIComponent(url.pathname)
}

export function pathToFileURL(path: string): URL {
  if (typeof path !== 'string') throw wrongType('path', 'of type string', path)
  const folder = globalThis.process?.cwd?.() ?? '/'
  const url = new URL('file:///')
  const whole = path.startsWith('/') ? path : `${folder.replace(/\/$/, '')}/${path}`
  const escapes: Record<string, string> = {
    '%': '%25',
    '\\': '%5C',
    '\n': '%0A',
    '\r': '%0D',
    '\t': '%09',
    '?': '%3F',
    '#': '%23',
  }
  url.pathname = whole.replace(/[%\\\n\r\t?#]/g, (one) => escapes[one] ?? one)
  return url
}

export function urlToHttpOptions(url: URL): Record<string, unknown> {
  const { protocol, hostname, hash, search, pathname, href, port, username, password } = url
  return Object.assign(Object.create(null), {
    protocol,
    hostname: hostname.startsWith('[') ? hostname.slice(1, -1) : hostname,
    hash,
    search,
    pathname,
    path: `${pathname}${search}`,
    href,
    ...(port !== '' && { port: Number(port) }),
    ...((username || password) && { auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` }),
  })
}

/** The name in Punycode, or empty where it is none. */
export function domainToASCII(domain: string): string {
  try {
    return new URL(`ws://${domain}`).hostname
  } catch {
    return ''
  }
}

export const { domainToUnicode, fileURLToPathBuffer } = refusedAll(
  'url',
  ['domainToUnicode', 'fileURLToPathBuffer'],
  'a browser has no function for it',
)

const module = {
  Url,
  URL,
  URLSearchParams,
  parse,
  format,
  resolve,
  fileURLToPath,
  pathToFileURL,
  urlToHttpOptions,
  domainToASCII,
  domainToUnicode,
  fileURLToPathBuffer,
}

export { module as 'module.exports' }
export default module
