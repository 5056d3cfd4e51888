/** The options of `util.inspect` that are offered. Colours, getters and proxies are not. */
export interface InspectOptions {
  depth?: number | null
  showHidden?: boolean
  compact?: number | boolean
  breakLength?: number
  maxArrayLength?: number | null
  maxStringLength?: number | null
  sorted?: boolean
  customInspect?: boolean
  colors?: boolean
}

interface Context extends Required<Omit<InspectOptions, 'colors' | 'depth' | 'maxArrayLength' | 'maxStringLength'>> {
  depth: number
  maxArrayLength: number
  maxStringLength: number
  colors: boolean
  seen: object[]
  circular: Map<object, number>
  indent: number
  currentDepth: number
}

const custom = Symbol.for('nodejs.util.inspect.custom')

export const defaultOptions = {
  showHidden: false,
  depth: 2,
  colors: false,
  customInspect: true,
  showProxy: false,
  maxArrayLength: 100,
  maxStringLength: 10000,
  breakLength: 80,
  compact: 3,
  sorted: false,
  getters: false,
  numericSeparator: false,
}

/** How Node prints a value. Follows Node 24's rules for line breaks and for the columns of long arrays. */
export function inspect(value: unknown, options: InspectOptions | boolean = {}, depth?: number | null): string {
  const given = typeof options === 'boolean' ? { showHidden: options, ...(depth !== undefined && { depth }) } : options
  return format(
    {
      showHidden: given.showHidden ?? false,
      compact: given.compact ?? 3,
      breakLength: given.breakLength ?? 80,
      sorted: given.sorted ?? false,
      customInspect: given.customInspect ?? true,
      colors: given.colors ?? false,
      depth: given.depth === null ? Number.POSITIVE_INFINITY : (given.depth ?? 2),
      maxArrayLength: given.maxArrayLength === null ? Number.POSITIVE_INFINITY : (given.maxArrayLength ?? 100),
      maxStringLength: given.maxStringLength === null ? Number.POSITIVE_INFINITY : (given.maxStringLength ?? 10_000),
      seen: [],
      circular: new Map(),
      indent: 0,
      currentDepth: 0,
    },
    value,
    0,
  )
}
inspect.custom = custom
inspect.defaultOptions = defaultOptions

function format(ctx: Context, value: unknown, depth: number, typed = false): string {
  if (typeof value !== 'object' && typeof value !== 'function') return primitive(ctx, value)
  if (value === null) return 'null'
  if (ctx.customInspect) {
    const own = (value as { [custom]?: unknown })[custom]
    if (typeof own === 'function' && own !== inspect) {
      const left = ctx.depth === Number.POSITIVE_INFINITY ? null : ctx.depth - depth
      const { seen: _s, circular: _c, indent: _i, currentDepth: _d, ...options } = ctx
      const shown: unknown = Reflect.apply(own, value, [left, { ...options, depth: left, stylize: String }, inspect])
      if (shown !== value)
        return typeof shown === 'object'
          ? format(ctx, shown, depth)
          : String(shown).replaceAll('\n', `\n${' '.repeat(ctx.indent)}`)
    }
  }
  if (ctx.seen.includes(value)) {
    const index = ctx.circular.get(value) ?? ctx.circular.size + 1
    ctx.circular.set(value, index)
    return `[Circular *${index}]`
  }
  return object(ctx, value, depth, typed)
}

function primitive(ctx: Context, value: unknown): string {
  if (typeof value === 'string') {
    const cut = value.length > ctx.maxStringLength ? value.slice(0, ctx.maxStringLength) : value
    const left = value.length - cut.length
    const more = left > 0 ? `... ${left} more character${left > 1 ? 's' : ''}` : ''
    if (ctx.compact !== true && cut.length > 16 && cut.length > ctx.breakLength - ctx.indent - 4) {
      const lines = cut.split(/(?<=\n)/)
      return lines.map((line) => quote(line)).join(` +\n${' '.repeat(ctx.indent + 2)}`) + more
    }
    return quote(cut) + more
  }
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : `${value}`
  if (typeof value === 'bigint') return `${value}n`
  return String(value)
}

const ESCAPES: Record<string, string> = {
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
  '\\': '\\\\',
}

function quote(text: string): string {
  const mark = !text.includes("'")
    ? "'"
    : !text.includes('"')
      ? '"'
      : !text.includes('`') && !text.includes('${')
        ? '`'
        : "'"
  const escaped = text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are the ones to escape
    /[\x00-\x1f\x7f-\x9f\\]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
    (one) => {
      const code = one.charCodeAt(0)
      if (code > 0xff) return `\\u${code.toString(16)}`
      return ESCAPES[one] ?? `\\x${code.toString(16).toUpperCase().padStart(2, '0')}`
    },
  )
  return mark + (mark === "'" ? escaped.replaceAll("'", "\\'") : escaped) + mark
}

function tag(value: object): string {
  const found: unknown = (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag]
  return typeof found === 'string' ? found : ''
}

/** The name of the class, as the nearest prototype that has a constructor of its own tells it. */
function className(value: object): string | null {
  let at: object | null = value
  while (at !== null) {
    const found = Object.getOwnPropertyDescriptor(at, 'constructor')
    const made: unknown = found?.value
    if (typeof made === 'function' && made.name !== '' && isInstance(value, made)) return made.name
    at = Object.getPrototypeOf(at)
  }
  return null
}

function isInstance(value: object, made: unknown): boolean {
  try {
    return value instanceof (made as () => void)
  } catch {
    return false
  }
}

function prefix(name: string | null, marker: string, fallback: string, size = ''): string {
  if (name === null) {
    if (marker !== '' && fallback !== marker) return `[${fallback}${size}: null prototype] [${marker}] `
    return `[${fallback}${size}: null prototype] `
  }
  return marker !== '' && marker !== name ? `${name}${size} [${marker}] ` : `${name}${size} `
}

const brand = (value: object): string => Object.prototype.toString.call(value).slice(8, -1)

/** What the internals are, whatever the object says of itself: each getter throws on anything else. */
function isReally(kind: 'Map' | 'Set', value: object): boolean {
  try {
    const found = Object.getOwnPropertyDescriptor(globalThis[kind].prototype, 'size')
    Reflect.apply(found?.get as () => number, value, [])
    return true
  } catch {
    return false
  }
}

type Pieces = { braces: [string, string]; entries: string[]; base?: string; list?: boolean }

function object(ctx: Context, value: object, depth: number, typed: boolean): string {
  const name = className(value)
  let marker = tag(value)
  if (marker === name || (marker === 'Object' && name === null)) marker = ''
  const keys = ownKeys(ctx, value)

  const pieces = shape(ctx, value, name, marker, keys)
  if (typeof pieces === 'string') return pieces
  if (depth > ctx.depth) {
    const shown = prefix(name, marker, Array.isArray(value) ? 'Array' : 'Object').slice(0, -1)
    return `[${shown}]`
  }
  const at = depth + 1
  ctx.seen.push(value)
  ctx.currentDepth = at
  const { braces, base, list = false } = pieces
  const entries = contents(ctx, value, at, pieces)
  for (const key of keys) entries.push(property(ctx, value, at, key, list))
  ctx.seen.pop()

  let head = braces[0]
  let start = base ?? ''
  const reference = ctx.circular.get(value)
  if (reference !== undefined) {
    if (ctx.compact !== true) start = start === '' ? `<ref *${reference}>` : `<ref *${reference}> ${start}`
    else head = `<ref *${reference}> ${head}`
  }
  if (ctx.sorted && list) entries.push(...entries.splice(entries.length - keys.length).sort())
  else if (ctx.sorted) entries.sort()
  const shown = join(ctx, entries, start, [head, braces[1]], list, at, value)
  return typed ? shown : shown
}

function ownKeys(ctx: Context, value: object): (string | symbol)[] {
  const indexed = Array.isArray(value) || ArrayBuffer.isView(value)
  const names = ctx.showHidden ? Object.getOwnPropertyNames(value) : Object.keys(value)
  const strings = indexed ? names.filter((key) => !/^(0|[1-9]\d*)$/.test(key)) : names
  const symbols = Object.getOwnPropertySymbols(value)
  return [
    ...strings,
    ...symbols.filter((key) => ctx.showHidden || Object.prototype.propertyIsEnumerable.call(value, key)),
  ]
}

/** Braces and first part of a value by its kind, or all of it where there is nothing inside. */
function shape(
  ctx: Context,
  value: object,
  name: string | null,
  marker: string,
  keys: (string | symbol)[],
): Pieces | string {
  const none = keys.length === 0
  if (Array.isArray(value)) {
    const head = name !== 'Array' || marker !== '' ? prefix(name, marker, 'Array', `(${value.length})`) : ''
    if (value.length === 0 && none) return `${head}[]`
    return { braces: [`${head}[`, ']'], entries: [], list: true }
  }
  if (isReally('Set', value)) {
    const set = value as Set<unknown>
    const head = prefix(name, marker, 'Set', `(${set.size})`)
    if (set.size === 0 && none) return `${head}{}`
    return { braces: [`${head}{`, '}'], entries: [] }
  }
  if (isReally('Map', value)) {
    const map = value as Map<unknown, unknown>
    const head = prefix(name, marker, 'Map', `(${map.size})`)
    if (map.size === 0 && none) return `${head}{}`
    return { braces: [`${head}{`, '}'], entries: [] }
  }
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const { length } = value as Uint8Array
    const head = prefix(name, marker === brand(value) ? '' : marker, brand(value), `(${length})`)
    if (length === 0 && none) return `${head}[]`
    return { braces: [`${head}[`, ']'], entries: [], list: true }
  }
  if (typeof value === 'function') {
    const base = functionBase(value, name, marker)
    if (none) return base
    return { braces: ['{', '}'], entries: [], base }
  }
  const kind = brand(value)
  if (value instanceof Error || kind === 'Error') {
    const base = errorBase(ctx, value as Error, keys)
    if (keys.length === 0) return base
    return { braces: ['{', '}'], entries: [], base }
  }
  if (kind === 'RegExp') {
    const base = name === 'RegExp' ? String(value) : `${prefix(name, marker, 'RegExp')}${String(value)}`
    return none ? base : { braces: ['{', '}'], entries: [], base }
  }
  if (kind === 'Date') {
    const date = value as Date
    const text = Number.isNaN(date.getTime()) ? 'Invalid Date' : date.toISOString()
    const base = name === 'Date' ? text : `${prefix(name, marker, 'Date')}${text}`
    return none ? base : { braces: ['{', '}'], entries: [], base }
  }
  if (kind === 'Number' || kind === 'String' || kind === 'Boolean' || kind === 'Symbol' || kind === 'BigInt') {
    const boxed: unknown = (value as { valueOf(): unknown }).valueOf()
    if (typeof boxed !== 'object') {
      const base = `[${kind}: ${primitive({ ...ctx, indent: 0 }, boxed)}]`
      const rest = kind === 'String' ? keys.filter((key) => typeof key === 'symbol' || !/^\d+$/.test(key)) : keys
      keys.splice(0, keys.length, ...rest)
      return keys.length === 0 ? base : { braces: ['{', '}'], entries: [], base }
    }
  }
  if (kind === 'ArrayBuffer' || kind === 'SharedArrayBuffer' || value instanceof DataView)
    return { braces: [`${prefix(name, marker === kind ? '' : marker, kind)}{`, '}'], entries: [] }
  if (kind === 'Promise') return { braces: [`${prefix(name, '', 'Promise')}{`, '}'], entries: [] }
  if (kind === 'WeakSet' || kind === 'WeakMap') return { braces: [`${prefix(name, '', kind)}{`, '}'], entries: [] }
  if (kind === 'Arguments') return none ? '[Arguments] {}' : { braces: ['[Arguments] {', '}'], entries: [] }
  if (name === 'Object' && marker === '') return none ? '{}' : { braces: ['{', '}'], entries: [] }
  const head = prefix(name, marker, 'Object')
  return none ? `${head}{}` : { braces: [`${head}{`, '}'], entries: [] }
}

function contents(ctx: Context, value: object, depth: number, { list }: Pieces): string[] {
  if (list) {
    const items = value as ArrayLike<unknown>
    const shown: string[] = []
    let rest = 0
    if (Array.isArray(value)) {
      let index = 0
      while (index < value.length && shown.length < ctx.maxArrayLength) {
        if (Object.hasOwn(value, index)) {
          shown.push(property(ctx, value, depth, String(index), true))
          index += 1
          continue
        }
        const start = index
        while (index < value.length && !Object.hasOwn(value, index)) index += 1
        const holes = index - start
        shown.push(`<${holes} empty item${holes > 1 ? 's' : ''}>`)
      }
      rest = value.length - index
    } else {
      const most = Math.min(items.length, ctx.maxArrayLength)
      for (let index = 0; index < most; index += 1) shown.push(format(ctx, items[index], depth))
      rest = items.length - most
    }
    if (rest > 0) shown.push(`... ${rest} more item${rest > 1 ? 's' : ''}`)
    return shown
  }
  const deeper = <T>(made: () => T): T => {
    ctx.indent += 2
    const result = made()
    ctx.indent -= 2
    return result
  }
  if (isReally('Set', value)) {
    return limited(ctx, [...(value as Set<unknown>)], (item) => deeper(() => format(ctx, item, depth)))
  }
  if (isReally('Map', value)) {
    return limited(ctx, [...(value as Map<unknown, unknown>)], ([key, item]) =>
      deeper(() => `${format(ctx, key, depth)} => ${format(ctx, item, depth)}`),
    )
  }
  const kind = brand(value)
  if (kind === 'Promise') return ['<state unknown>']
  if (kind === 'WeakSet' || kind === 'WeakMap') return ['<items unknown>']
  if (kind === 'ArrayBuffer' || kind === 'SharedArrayBuffer') {
    const bytes = new Uint8Array(value as ArrayBuffer)
    const shown = Array.from(bytes.subarray(0, Math.min(ctx.maxArrayLength, bytes.length)), (byte) =>
      byte.toString(16).padStart(2, '0'),
    )
    const left = bytes.length - shown.length
    if (left > 0) shown.push(`... ${left} more byte${left > 1 ? 's' : ''}`)
    return [`[Uint8Contents]: <${shown.join(' ')}>`, `[byteLength]: ${bytes.length}`]
  }
  if (value instanceof DataView) {
    return [
      `[byteLength]: ${value.byteLength}`,
      `[byteOffset]: ${value.byteOffset}`,
      deeper(() => `[buffer]: ${format(ctx, value.buffer, depth)}`),
    ]
  }
  return []
}

function limited<T>(ctx: Context, items: T[], show: (item: T) => string): string[] {
  const shown = items.slice(0, ctx.maxArrayLength).map(show)
  const rest = items.length - shown.length
  if (rest > 0) shown.push(`... ${rest} more item${rest > 1 ? 's' : ''}`)
  return shown
}

function property(ctx: Context, value: object, depth: number, key: string | symbol, inList: boolean): string {
  const found = Object.getOwnPropertyDescriptor(value, key)
  const index = inList && typeof key === 'string' && /^(0|[1-9]\d*)$/.test(key)
  let shown: string
  if (found !== undefined && 'value' in found) {
    const step = ctx.compact !== true && !index ? 2 : index ? 2 : 3
    ctx.indent += step
    shown = format(ctx, found.value, depth)
    ctx.indent -= step
  } else if (found?.get !== undefined) shown = found.set === undefined ? '[Getter]' : '[Getter/Setter]'
  else shown = found?.set === undefined ? 'undefined' : '[Setter]'
  if (index) return shown
  const name =
    typeof key === 'symbol'
      ? String(key)
      : key === '__proto__'
        ? "['__proto__']"
        : found?.enumerable === false
          ? `[${key}]`
          : /^[a-zA-Z_][a-zA-Z_0-9]*$/.test(key)
            ? key
            : quote(key)
  const hidden = typeof key === 'symbol' && found?.enumerable === false ? `[${name}]` : name
  return `${hidden}: ${shown}`
}

function functionBase(value: { name?: string }, name: string | null, marker: string): string {
  const source = Function.prototype.toString.call(value)
  if (source.startsWith('class') && source.endsWith('}')) {
    const own = Object.hasOwn(value, 'name') && value.name ? ` ${value.name}` : ' (anonymous)'
    const parent: { name?: string } | null = Object.getPrototypeOf(value)
    const more = name !== 'Function' && name !== null ? ` [${name}]` : ''
    const kind = marker !== '' && name !== marker ? ` [${marker}]` : ''
    const extended = parent?.name ? ` extends ${parent.name}` : name === null ? ' extends [null prototype]' : ''
    return `[class${own}${more}${kind}${extended}]`
  }
  const kind = brand(value)
  const base = /^(Async)?(Generator)?Function$/.test(kind) ? kind : 'Function'
  const shown = value.name ? `[${base}: ${value.name}]` : `[${base} (anonymous)]`
  return name === null ? `${shown.slice(0, -1)}] [null prototype]` : shown
}

function errorBase(ctx: Context, error: Error, keys: (string | symbol)[]): string {
  for (const hidden of ['name', 'message', 'stack'] as const) {
    const at = keys.indexOf(hidden)
    if (at >= 0 && typeof error[hidden] === 'string' && error.stack?.includes(error[hidden] as string))
      keys.splice(at, 1)
  }
  if ('cause' in error && !keys.includes('cause') && Object.hasOwn(error, 'cause')) keys.push('cause')
  if (Array.isArray((error as AggregateError).errors) && !keys.includes('errors') && Object.hasOwn(error, 'errors'))
    keys.push('errors')
  const stack =
    typeof error.stack === 'string' && error.stack !== '' ? error.stack : `[${Error.prototype.toString.call(error)}]`
  // Firefox and Safari keep the message out of the stack; Node's first line is the message.
  const head = Error.prototype.toString.call(error)
  const whole = stack.includes(error.message) ? stack : `${head}\n${stack.replace(/^(?=.)/gm, '    at ')}`
  const bare = !/\n\s+at /.test(whole) && !whole.startsWith('[') ? `[${whole}]` : whole
  return ctx.indent === 0 ? bare : bare.replaceAll('\n', `\n${' '.repeat(ctx.indent)}`)
}

/** On one line where it is short and shallow, in columns where it is a long list, else one entry a line. */
function join(
  ctx: Context,
  entries: string[],
  base: string,
  braces: [string, string],
  list: boolean,
  depth: number,
  value: object,
): string {
  const start = base === '' ? '' : `${base} `
  if (ctx.compact !== true) {
    if (typeof ctx.compact === 'number' && ctx.compact >= 1) {
      const before = entries.length
      const output = list && before > 6 ? columns(ctx, entries, value as ArrayLike<unknown>) : entries
      if (ctx.currentDepth - depth < ctx.compact && before === output.length) {
        const used = output.length + ctx.indent + braces[0].length + base.length + 10
        const total = output.reduce((sum, entry) => sum + entry.length, output.length + used)
        if (total <= ctx.breakLength && !base.includes('\n')) {
          const joined = output.join(', ')
          if (!joined.includes('\n')) return `${start}${braces[0]} ${joined} ${braces[1]}`
        }
      }
      const indent = `\n${' '.repeat(ctx.indent)}`
      return `${start}${braces[0]}${indent}  ${output.join(`,${indent}  `)}${indent}${braces[1]}`
    }
    const indent = `\n${' '.repeat(ctx.indent)}`
    return `${start}${braces[0]}${indent}  ${entries.join(`,${indent}  `)}${indent}${braces[1]}`
  }
  const total = entries.reduce((sum, entry) => sum + entry.length, entries.length * 2)
  if (total + braces[0].length + base.length <= ctx.breakLength && !entries.some((entry) => entry.includes('\n')))
    return `${braces[0]}${base === '' ? '' : ` ${base}`} ${entries.join(', ')} ${braces[1]}`
  const indent = `\n${' '.repeat(ctx.indent)}`
  return `${base === '' ? '' : `${base} `}${braces[0]}${indent}  ${entries.join(`,${indent}  `)} ${braces[1]}`
}

/** Lists of more than six short entries stand in columns; numbers to the right. */
function columns(ctx: Context, entries: string[], value: ArrayLike<unknown>): string[] {
  const more = entries.at(-1)?.startsWith('... ') === true && entries.length > ctx.maxArrayLength
  const count = more ? entries.length - 1 : entries.length
  const gap = 2
  const lengths = entries.slice(0, count).map((entry) => entry.length)
  const longest = Math.max(...lengths) + gap
  const total = lengths.reduce((sum, length) => sum + length + gap, 0)
  if (longest * 3 + ctx.indent >= ctx.breakLength || !(total / longest > 5 || longest - gap <= 6)) return entries
  const bias = Math.sqrt(longest - total / entries.length)
  const wide = Math.max(longest - 3 - bias, 1)
  const number = Math.min(
    Math.round(Math.sqrt(2.5 * wide * count) / wide),
    Math.floor((ctx.breakLength - ctx.indent) / longest),
    (typeof ctx.compact === 'number' ? ctx.compact : 3) * 4,
    15,
  )
  if (number <= 1) return entries
  const widths: number[] = []
  for (let column = 0; column < number; column += 1) {
    let width = 0
    for (let at = column; at < lengths.length; at += number) width = Math.max(width, lengths[at] ?? 0)
    widths.push(width + gap)
  }
  const toRight = Array.from({ length: count }, (_, at) => value[at]).every(
    (item) => typeof item === 'number' || typeof item === 'bigint',
  )
  const rows: string[] = []
  for (let from = 0; from < count; from += number) {
    const to = Math.min(from + number, count)
    let row = ''
    for (let at = from; at < to - 1; at += 1) {
      const cell = `${entries[at]}, `
      const width = widths[at - from] ?? 0
      row += toRight ? cell.padStart(width) : cell.padEnd(width)
    }
    const last = entries[to - 1] ?? ''
    row += toRight ? last.padStart((widths[to - from - 1] ?? gap) - gap) : last
    rows.push(row)
  }
  if (more) rows.push(entries.at(-1) ?? '')
  return rows
}
