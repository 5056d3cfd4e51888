import * as node from 'node:util'
import { describe, expect, test } from 'vitest'
import { compare, outcome } from './fixtures/same.ts'
import page from './util.ts'

class Plain {
  a = 1
}
class Child extends Map {}
class Tagged {
  get [Symbol.toStringTag](): string {
    return 'Tag'
  }
}
const circular: Record<string, unknown> = { name: 'x', list: [1] }
circular.self = circular
circular.deep = { back: circular }
function named(): void {}
const bare = Object.create(null)
bare.a = 1
const withError = Object.assign(new Error('broken'), { code: 'E1', detail: { a: 1 } })
withError.stack = 'Error: broken\n    at one (file.js:1:2)'
const noStack = new TypeError('no stack')
noStack.stack = 'TypeError: no stack'

const VALUES: unknown[] = [
  undefined,
  null,
  true,
  0,
  -0,
  1.5,
  Number.NaN,
  10n,
  'text',
  "it's",
  `"it's"`,
  '`"\'',
  'a\nb\t\u0001\\',
  '😀',
  '\ud800',
  Symbol('s'),
  Symbol.iterator,
  [],
  [1, 2, 3],
  [undefined, null],
  Object.assign([1], { 2: 3 }),
  Array(3),
  new Array(200).fill(1),
  Array.from({ length: 30 }, (_, at) => at * 100),
  Array.from({ length: 10 }, (_, at) => 'x'.repeat(at)),
  ['a', 'b', 'c', 'd', 'e', 'f', 'g'],
  Object.assign([1], { extra: 2 }),
  [[[[1]]]],
  {},
  { a: 1 },
  { 'a-b': 1, 2: 'x', [Symbol('k')]: 1 },
  { a: { b: { c: { d: 1 } } } },
  { a: { b: { c: {} } } },
  { long: 'x'.repeat(60), other: 'y'.repeat(60) },
  { a: 'x'.repeat(20), b: 'x'.repeat(20), c: 'x'.repeat(20), d: 'x'.repeat(10) },
  { f() {}, g: () => {}, h: class {} },
  {
    get a() {
      return 1
    },
    set b(_: number) {},
    get c() {
      return 1
    },
    set c(_: number) {},
  },
  named,
  () => {},
  async () => {},
  function* gen() {},
  class A {},
  class B extends Plain {},
  Math.max,
  Object.assign(() => {}, { a: 1 }),
  new Plain(),
  new (Child as MapConstructor)([[1, 2]]),
  new Tagged(),
  bare,
  Object.create({ a: 1 }),
  Object.create(Plain.prototype),
  new Map<unknown, unknown>([
    ['a', { b: 1 }],
    [{ c: 1 }, 2],
  ]),
  new Map(),
  new Set([1, 'a', [2]]),
  new Set(),
  new Date(0),
  new Date(Number.NaN),
  /a/gi,
  Object.assign(/x/, { a: 1 }),
  withError,
  noStack,
  { e: noStack },
  [noStack],
  Object.assign(new Error('x', { cause: noStack }), { stack: 'Error: x\n    at y' }),
  circular,
  new Uint8Array([1, 2]),
  new Float64Array(2),
  new Uint8Array(0),
  new ArrayBuffer(3),
  new DataView(new ArrayBuffer(2)),
  Object(1),
  Object('ab'),
  Object(true),
  Object(5n),
  Object(Symbol('b')),
  globalThis.JSON,
  Math,
  { a: [{ b: { c: {} } }] },
  [
    { a: 1, b: 2 },
    { a: 3, b: 4 },
  ],
  { a: 'multi\nline' },
  ['multi\nline'.repeat(3)],
  'x'.repeat(200),
  ['x'.repeat(200)],
  new Map([['k', 'x'.repeat(100)]]),
  { [Symbol.for('nodejs.util.inspect.custom')]: () => 'custom' },
  { x: { [Symbol.for('nodejs.util.inspect.custom')]: (depth: number) => ({ depth }) } },
  Array.from({ length: 101 }, (_, at) => at),
  Array.from({ length: 8 }, (_, at) => ({ at })),
  Array.from({ length: 27 }, (_, at) => `item ${at}`),
  new Set(Array.from({ length: 120 }, (_, at) => at)),
  { undefined, null: null },
  [1.5, -2, 300, 4, 5, 6, 7, 8],
  [1n, 2n, 3n, 4n, 5n, 6n, 7n],
]
const OPTIONS = [
  {},
  { depth: 0 },
  { depth: null },
  { compact: false },
  { compact: 1 },
  { breakLength: 40 },
  { breakLength: Number.POSITIVE_INFINITY },
  { maxArrayLength: 2 },
  { maxStringLength: 3 },
  { sorted: true },
  { customInspect: false },
]

const PATTERNS = ['%s', '%d', '%i', '%f', '%j', '%O', '%%', '%s %s', 'x', '%c', '%z', '%']
const FILLERS: unknown[] = [
  undefined,
  null,
  1.9,
  -0,
  '12px',
  5n,
  Symbol('a'),
  {},
  { a: { b: { c: 1 } } },
  [1, [2, [3]]],
  noStack,
  new Date(0),
  () => {},
  new Plain(),
  circular,
  { toString: () => 'mine' },
  'text',
]
const pairs: unknown[][] = [
  [1, 1],
  [1, '1'],
  [0, -0],
  [Number.NaN, Number.NaN],
  [{ a: 1 }, { a: 1 }],
  [{ a: 1 }, { a: 1, b: undefined }],
  [
    [1, 2],
    [1, 2],
  ],
  [Object.assign([1], { 2: 2 }), [1, undefined, 2]],
  [new Set([1, { a: 1 }]), new Set([{ a: 1 }, 1])],
  [new Map([[{ k: 1 }, 1]]), new Map([[{ k: 1 }, 1]])],
  [new Date(0), new Date(0)],
  [new Date(0), new Date(1)],
  [/a/g, /a/i],
  [new Error('a'), new Error('a')],
  [new Error('a'), new TypeError('a')],
  [new Error('a', { cause: 1 }), new Error('a', { cause: 2 })],
  [new Error('a', { cause: undefined }), new Error('a')],
  [new Uint8Array([1]), new Uint8Array([1])],
  [new Uint8Array([1]), new Int8Array([1])],
  [{}, []],
  [new Plain(), { a: 1 }],
  [Object(1), Object(1)],
  [Object(1), Object(2)],
  [circular, circular],
  [null, {}],
  [() => {}, () => {}],
  [{ [Symbol.for('x')]: 1 }, { [Symbol.for('x')]: 2 }],
  [new Float32Array([0]), new Float32Array([-0])],
  ['a', Object('a')],
  [[], {}],
]

compare(
  page,
  node,
  {
    format: [
      [],
      ['%s'],
      ...PATTERNS.flatMap((pattern) => FILLERS.map((one) => [pattern, one])),
      ['a', 'b', { c: 1 }, 5],
      [{ a: 1 }, 'b'],
      ['%s:%s', 'a'],
      ['%o', [1]].slice(0, 0),
    ],
    formatWithOptions: [
      [{ depth: 0 }, '%O', { a: { b: 1 } }],
      [{ compact: false }, { a: 1 }],
    ],
    isDeepStrictEqual: pairs,
    stripVTControlCharacters: [
      ['\u001b[31mred\u001b[39m'],
      ['plain'],
      [5],
      ['\u001b]8;;http://x\u0007link\u001b]8;;\u0007'],
    ],
    styleText: [
      ['red', 'x', { validateStream: false }],
      [['bold', 'underline'], 'x\u001b[39my', { validateStream: false }],
      ['none', 'x', { validateStream: false }],
      ['red', 5],
    ],
    toUSVString: [['a\ud800b'], [5]],
    isArray: [[[]], [{}]],
    getSystemErrorName: [[-2], [-111]],
    inherits: [[undefined, Plain], [Plain, undefined], [Plain, { prototype: undefined }].slice(0, 0)],
    promisify: [[5]],
    callbackify: [[5]],
    deprecate: [].slice(0, 0),
  },
  ['inspect', 'debug', 'debuglog', 'TextDecoder', 'TextEncoder'],
)

describe('inspect', () => {
  test.each(
    VALUES.map(
      (value, at) => [at, node.inspect(value).slice(0, 50).replaceAll('%', '%%').replaceAll('\n', ' '), value] as const,
    ),
  )('%i %s', (_at, _shown, value) => {
    for (const options of OPTIONS)
      expect(page.inspect(value, options as never), JSON.stringify(options)).toBe(node.inspect(value, options))
  })
})

test('promisify and callbackify', async () => {
  const runs: ((util: typeof node) => unknown)[] = [
    (util) =>
      util.promisify((value: number, done: (error: unknown, result: number) => void) => done(null, value + 1))(1),
    (util) => util.promisify((done: (error: Error) => void) => done(new Error('x')))(),
    (util) => util.promisify(Object.assign(() => {}, { [util.promisify.custom]: async () => 'own' }))(),
    (util) => util.promisify(Object.assign(() => {}, { [util.promisify.custom]: 5 }) as never),
    (util) =>
      new Promise((resolve) => util.callbackify(async (value: number) => value + 1)(1, (...args) => resolve(args))),
    (util) =>
      new Promise((resolve) =>
        util.callbackify(() => Promise.reject(new Error('x')))((...args: unknown[]) => resolve(args)),
      ),
    (util) =>
      new Promise((resolve) => util.callbackify(() => Promise.reject(null))((...args: unknown[]) => resolve(args))),
  ]
  for (const one of runs)
    expect(await outcome(() => one(page as never)), String(one)).toEqual(await outcome(() => one(node)))
})

test('inherits, deprecate, debuglog', async () => {
  for (const util of [page as never as typeof node, node]) {
    const [made, parent] = [new Function(), new Function()] as never as [() => void, () => void]
    util.inherits(made, parent)
    expect(Object.getPrototypeOf(made.prototype)).toBe(parent.prototype)
    expect(Reflect.get(made, 'super_')).toBe(parent)
    const told: string[] = []
    const listen = (warning: Error): void =>
      void told.push(`${warning.name} ${(warning as NodeJS.ErrnoException).code} ${warning.message}`)
    process.on('warning', listen)
    const old = util.deprecate((value: number) => value + 1, 'old', util === node ? 'DEP1' : 'DEP2')
    expect([old(1), old(2)]).toEqual([2, 3])
    await new Promise((resolve) => setTimeout(resolve, 5))
    process.off('warning', listen)
    expect(told).toEqual([`DeprecationWarning ${util === node ? 'DEP1' : 'DEP2'} old`])
    expect(util.debuglog('nothing').enabled).toBe(false)
    util.debuglog('nothing')('not written')
  }
  const { env, stderr } = process
  const lines: string[] = []
  const write = stderr.write
  stderr.write = ((line: string) => lines.push(line)) as never
  env.NODE_DEBUG = 'shim*'
  page.debuglog('shim-a')('x %d', 1)
  delete env.NODE_DEBUG
  stderr.write = write
  expect(lines).toEqual([`SHIM-A ${process.pid}: x 1\n`])
})

test('types', () => {
  const values = [
    ...VALUES,
    new WeakMap(),
    new WeakSet(),
    Promise.resolve(),
    async function* later() {},
    new Map().keys(),
    new Set().values(),
    (function* () {})(),
    new SharedArrayBuffer(1),
    new BigInt64Array(1),
    new Int16Array(1),
    Map.prototype,
    Date.prototype,
    RegExp.prototype,
  ]
  const left = Object.keys(page.types)
  for (const name of left) {
    for (const value of values)
      expect(Reflect.get(page.types, name)(value), `${name} ${node.inspect(value)}`).toBe(
        Reflect.get(node.types, name)(value),
      )
  }
})
