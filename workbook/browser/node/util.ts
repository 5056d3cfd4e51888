import { isDeepEqual } from './equal.ts'
import { coded, ERRNO, wrongType, wrongValue } from './errors.ts'
import { type InspectOptions, inspect } from './inspect.ts'
import { refusedAll } from './refuse.ts'
import { types } from './util-types.ts'

type Callable = (...args: unknown[]) => unknown

const { TextEncoder, TextDecoder } = globalThis

export { inspect, TextDecoder, TextEncoder, types }

export function format(...args: unknown[]): string {
  return formatWithOptions({}, ...args)
}

/** `console.log`'s: fills `%s` and the like, and puts a space before each of the rest. */
export function formatWithOptions(options: InspectOptions, ...args: unknown[]): string {
  const [first, ...rest] = args
  if (typeof first !== 'string') return args.map((one) => plain(one, options)).join(' ')
  if (rest.length === 0) return first
  const text = first.replaceAll(/%([sdifjoOc%])/g, (whole, letter: string) => {
    if (letter === '%') return '%'
    if (rest.length === 0) return whole
    return filled(letter, rest.shift(), options)
  })
  return [text, ...rest.map((one) => plain(one, options))].join(' ')
}

const plain = (value: unknown, options: InspectOptions): string =>
  typeof value === 'string' ? value : inspect(value, options)

function filled(letter: string, value: unknown, options: InspectOptions): string {
  switch (letter) {
    case 's':
      return asText(value, options)
    case 'd':
      if (typeof value === 'bigint') return `${value}n`
      if (typeof value === 'symbol') return 'NaN'
      return number(Number(value))
    case 'i':
      if (typeof value === 'bigint') return `${value}n`
      if (typeof value === 'symbol') return 'NaN'
      return number(Number.parseInt(String(value), 10))
    case 'f':
      return typeof value === 'symbol' ? 'NaN' : number(Number.parseFloat(String(value)))
    case 'j':
      try {
        return JSON.stringify(value) ?? 'undefined'
      } catch (error) {
        if (error instanceof TypeError && /circular|cyclic/i.test(error.message)) return '[Circular]'
        throw error
      }
    case 'O':
      return inspect(value, options)
    case 'o':
      return inspect(value, { ...options, showHidden: true, depth: 4 })
    default:
      return ''
  }
}

const number = (value: number): string => (Object.is(value, -0) ? '-0' : `${value}`)

function asText(value: unknown, options: InspectOptions): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return number(value)
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value !== 'object' || value === null) return String(value)
  // What is not the language's own has the say.
  if (!hasBuiltInText(value)) return String(value)
  return inspect(value, { ...options, depth: 0, compact: 3 })
}

const builtIns = new Set(Reflect.ownKeys(globalThis).filter((name) => /^[A-Z][a-zA-Z\d]+$/.test(String(name))))

/** Does `toString` come from a class of the language? */
function hasBuiltInText(value: object): boolean {
  if (Object.hasOwn(value, 'toString')) return false
  let at: object | null = Object.getPrototypeOf(value)
  while (at !== null && !Object.hasOwn(at, 'toString')) at = Object.getPrototypeOf(at)
  if (at === null) return true
  const made: unknown = Object.getOwnPropertyDescriptor(at, 'constructor')?.value
  return typeof made === 'function' && builtIns.has(made.name)
}

const promisified = Symbol.for('nodejs.util.promisify.custom')

/** Node's last two arguments into a promise. Functions with several results (`dns.lookup`) bring a promisified form. */
export function promisify(original: Callable): (...args: unknown[]) => Promise<unknown> {
  if (typeof original !== 'function') throw wrongType('original', 'of type function', original)
  const own: unknown = (original as { [promisified]?: unknown })[promisified]
  if (own !== undefined) {
    if (typeof own !== 'function') throw wrongType('util.promisify.custom', 'of type function', own)
    return own as (...args: unknown[]) => Promise<unknown>
  }
  function made(this: unknown, ...args: unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      Reflect.apply(original, this, [
        ...args,
        (error: unknown, value: unknown) => (error ? reject(error) : resolve(value)),
      ])
    })
  }
  Object.setPrototypeOf(made, Object.getPrototypeOf(original))
  Object.defineProperty(made, promisified, { value: made, configurable: true })
  return Object.defineProperties(made, Object.getOwnPropertyDescriptors(original))
}
promisify.custom = promisified

export function callbackify(original: (...args: unknown[]) => Promise<unknown>): (...args: unknown[]) => void {
  if (typeof original !== 'function') throw wrongType('original', 'of type function', original)
  const made = function (this: unknown, ...args: unknown[]): void {
    const callback = args.pop()
    if (typeof callback !== 'function') throw wrongType('last argument', 'of type function', callback)
    const later = (...given: unknown[]): void => void setTimeout(() => Reflect.apply(callback, this, given), 0)
    Reflect.apply(original, this, args).then(
      (value) => later(null, value),
      (reason: unknown) => {
        if (reason) return later(reason)
        const error = coded(Error, 'ERR_FALSY_VALUE_REJECTION', 'Promise was rejected with falsy value')
        later(Object.assign(error, { reason }))
      },
    )
  }
  Object.defineProperty(made, 'name', { value: `${original.name}Callbackified`, configurable: true })
  return made
}

export function inherits(made: Callable & { super_?: unknown }, parent: Callable): void {
  if (made === undefined || made === null) throw wrongType('ctor', 'of type function', made)
  if (parent === undefined || parent === null) throw wrongType('superCtor', 'of type function', parent)
  if (parent.prototype === undefined) throw wrongType('superCtor.prototype', 'of type object', parent.prototype)
  Object.defineProperty(made, 'super_', { value: parent, writable: true, configurable: true })
  Object.setPrototypeOf(made.prototype, parent.prototype)
}

const warned = new Set<string>()

/** Warns once per function, or once per code. */
export function deprecate<F extends Callable>(original: F, message: string, code?: string): F {
  let told = false
  function deprecated(this: unknown, ...args: unknown[]): unknown {
    if (!told && !(code !== undefined && warned.has(code))) {
      if (code !== undefined) warned.add(code)
      globalThis.process?.emitWarning?.(message, { type: 'DeprecationWarning', ...(code !== undefined && { code }) })
    }
    told = true
    return new.target ? Reflect.construct(original, args, new.target) : Reflect.apply(original, this, args)
  }
  Object.setPrototypeOf(deprecated, original)
  if (original.prototype) deprecated.prototype = original.prototype
  // It takes and gives what the original does.
  return deprecated as unknown as F
}

/** Writes to stderr where the environment's NODE_DEBUG names the section. */
export function debuglog(section: string): ((...args: unknown[]) => void) & { enabled: boolean } {
  const { process } = globalThis
  const pattern = (process?.env?.NODE_DEBUG ?? '').replaceAll(/[|\\{}()[\]^$+?.]/g, '\\$&').replaceAll('*', '.*')
  const enabled = pattern !== '' && new RegExp(`^${pattern.replaceAll(',', '$|^')}$`, 'i').test(section)
  const log = (...args: unknown[]): void => {
    if (enabled) process.stderr.write(`${section.toUpperCase()} ${process.pid}: ${format(...args)}\n`)
  }
  return Object.assign(log, { enabled })
}

export const isDeepStrictEqual = (left: unknown, right: unknown): boolean => isDeepEqual(left, right)

const CONTROL =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences start with one
  /[\u001B\u009B][[\]()#;?]*(?:(?:(?:;[-a-zA-Z\d/#&.:=?%@~_]+)*|[a-zA-Z\d]+(?:;[-a-zA-Z\d/#&.:=?%@~_]*)*)?(?:\u0007|\u001B\u005C|\u009C)|(?:(?:\d{1,4}(?:;\d{0,4})*)?[\dA-PR-TZcf-nq-uy=><~]))/g

export function stripVTControlCharacters(text: string): string {
  if (typeof text !== 'string') throw wrongType('str', 'of type string', text)
  return text.replaceAll(CONTROL, '')
}

export const toUSVString = (text: string): string => String(text).toWellFormed()

const COLOURS = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white']
const STYLES: Record<string, [on: number, off: number]> = {
  reset: [0, 0],
  bold: [1, 22],
  dim: [2, 22],
  italic: [3, 23],
  underline: [4, 24],
  blink: [5, 25],
  inverse: [7, 27],
  hidden: [8, 28],
  strikethrough: [9, 29],
  doubleunderline: [21, 24],
  framed: [51, 54],
  overlined: [53, 55],
  gray: [90, 39],
  grey: [90, 39],
}
for (const [at, colour] of COLOURS.entries()) {
  const title = `${colour.charAt(0).toUpperCase()}${colour.slice(1)}`
  STYLES[colour] = [30 + at, 39]
  STYLES[`bg${title}`] = [40 + at, 49]
  if (colour === 'black') continue
  STYLES[`${colour}Bright`] = [90 + at, 39]
  STYLES[`bg${title}Bright`] = [100 + at, 49]
}
STYLES.blackBright = [90, 39]
STYLES.bgGray = [100, 49]
STYLES.bgGrey = [100, 49]
STYLES.bgBlackBright = [100, 49]
Object.assign(inspect, { colors: STYLES })

/** Text between escape sequences. There is no terminal here, so it does so only with `validateStream: false`. */
export function styleText(
  names: string | string[],
  text: string,
  { validateStream = true, stream }: { validateStream?: boolean; stream?: { isTTY?: boolean } } = {},
): string {
  if (typeof text !== 'string') throw wrongType('text', 'of type string', text)
  let [left, right] = ['', '']
  let shown = text
  for (const name of [names].flat()) {
    if (name === 'none') continue
    const style = STYLES[name]
    if (style === undefined) {
      const all = ['none', ...Object.keys(STYLES)].map((one) => `'${one}'`).join(', ')
      throw wrongValue('format', name, `must be one of: ${all}`)
    }
    const [on, off] = style
    left += `\u001b[${on}m`
    right = `\u001b[${off}m${right}`
    shown = shown.replaceAll(`\u001b[${off}m`, `\u001b[${off}m\u001b[${on}m`)
  }
  return validateStream && !stream?.isTTY ? text : `${left}${shown}${right}`
}

export function getSystemErrorName(errno: number): string {
  const found = Object.entries(ERRNO).find(([, [known]]) => known === errno)
  return found?.[0] ?? `Unknown system error ${errno}`
}

export const isArray = Array.isArray

export const { parseArgs, parseEnv, getCallSites, MIMEType, aborted, diff } = refusedAll(
  'util',
  ['parseArgs', 'parseEnv', 'getCallSites', 'MIMEType', 'aborted', 'diff'],
  'no lab needed it so far',
)

const module = {
  TextDecoder,
  TextEncoder,
  callbackify,
  debug: debuglog,
  debuglog,
  deprecate,
  format,
  formatWithOptions,
  getSystemErrorName,
  inherits,
  inspect,
  isArray,
  isDeepStrictEqual,
  promisify,
  stripVTControlCharacters,
  styleText,
  toUSVString,
  types,
  parseArgs,
  parseEnv,
  getCallSites,
  MIMEType,
  aborted,
  diff,
}
export const debug = debuglog
export { module as 'module.exports' }
export default module
