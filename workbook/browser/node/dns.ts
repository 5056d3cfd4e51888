import { systemError, wrongType } from './errors.ts'
import { isIP } from './net.ts'
import { refusedAll } from './refuse.ts'

export interface LookupAddress {
  address: string
  family: number
}

interface LookupOptions {
  all?: boolean
  family?: number | string
}

type Callback = (error: Error | null, address?: string | LookupAddress[], family?: number) => void

/** There is one machine in the page. An address is itself; `localhost` is 127.0.0.1; nothing else has a name. */
function find(host: string): LookupAddress {
  const family = isIP(host)
  if (family !== 0) return { address: host, family }
  if (host === 'localhost') return { address: '127.0.0.1', family: 4 }
  const error = systemError('ENOTFOUND', 'getaddrinfo', { message: `getaddrinfo ENOTFOUND ${host}` })
  throw Object.assign(error, { hostname: host })
}

export function lookup(host: string, ...rest: [Callback] | [LookupOptions | number, Callback]): void {
  const callback = rest.at(-1)
  if (typeof host !== 'string') throw wrongType('hostname', 'of type string', host)
  if (typeof callback !== 'function') throw wrongType('callback', 'of type function', callback)
  const [given] = rest
  const all = typeof given === 'object' && given.all === true
  promises.lookup(host, { all: true }).then(
    (found) => (all ? callback(null, found) : callback(null, found[0]?.address, found[0]?.family)),
    (error: Error) => callback(error),
  )
}

export const promises = {
  lookup: lookupPromise,
  ...refusedAll(
    'dns.promises',
    ['resolve', 'resolve4', 'resolve6', 'reverse', 'resolveTxt', 'resolveMx', 'resolveSrv'],
    'a page asks no name server',
  ),
}

function lookupPromise(host: string, options: LookupOptions & { all: true }): Promise<LookupAddress[]>
function lookupPromise(host: string, options?: LookupOptions | number): Promise<LookupAddress>
async function lookupPromise(
  host: string,
  options: LookupOptions | number = {},
): Promise<LookupAddress | LookupAddress[]> {
  const found = find(host)
  return typeof options === 'object' && options.all === true ? [found] : found
}

Object.defineProperty(lookup, Symbol.for('nodejs.util.promisify.custom'), { value: lookupPromise })

export const { resolve, resolve4, resolve6, reverse, Resolver } = refusedAll(
  'dns',
  ['resolve', 'resolve4', 'resolve6', 'reverse', 'Resolver'],
  'a page asks no name server',
)
export const NOTFOUND = 'ENOTFOUND'

const module = { lookup, promises, resolve, resolve4, resolve6, reverse, Resolver, NOTFOUND }

export { module as 'module.exports' }
export default module
