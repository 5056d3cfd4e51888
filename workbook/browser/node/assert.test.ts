import * as node from 'node:assert'
import { describe, expect, test } from 'vitest'
import page from './assert.ts'
import strictPage from './assert-strict.ts'
import { functionsOf, plain } from './fixtures/same.ts'

const values: unknown[] = [
  0,
  -0,
  1,
  '1',
  '',
  null,
  undefined,
  Number.NaN,
  true,
  [],
  [1],
  { a: 1 },
  { a: '1' },
  new Map([[1, 2]]),
  new Set([1]),
  new Date(0),
  /a/,
  new Error('x'),
]
const pairs = values.flatMap((one) => values.map((other) => [one, structured(other)]))

function structured(value: unknown): unknown {
  return value instanceof RegExp || value instanceof Error ? value : structuredClone(value)
}

/** What an assertion came to. Messages that it makes itself are left out: Node reads the source for them, or draws a diff.
 * Below one that was given it draws the diff too, so of those the first line counts. */
async function fate(run: () => unknown): Promise<unknown> {
  try {
    return { value: await run() }
  } catch (error) {
    const { name, code, message, operator, generatedMessage, actual, expected } = error as node.AssertionError
    return {
      name,
      code,
      operator,
      generatedMessage,
      actual: plain(actual),
      expected: plain(expected),
      message: generatedMessage ? 'made' : message?.split('\n', 1)[0],
    }
  }
}

const TWO = [
  'equal',
  'notEqual',
  'strictEqual',
  'notStrictEqual',
  'deepEqual',
  'notDeepEqual',
  'deepStrictEqual',
  'notDeepStrictEqual',
] as const
const thrower = (error: unknown) => (): never => {
  throw error
}
const rules: unknown[][] = [
  [],
  [/broken/],
  [/other/],
  [Error],
  [TypeError],
  [{ message: 'broken' }],
  [{ message: /bro/, name: 'Error' }],
  [{ message: 'x' }],
  [() => true],
  [() => false],
  ['a message'],
  [/other/, 'a message'],
  [new Error('broken')],
]

const VECTORS: Record<string, unknown[][]> = {
  ok: [[], [1], [0], ['', 'text'], [null, new RangeError('own')]],
  ...Object.fromEntries(
    TWO.map((name) => [
      name,
      [
        ...pairs,
        [1, 2, 'text'],
        [1, 1, 'text'],
        [1, 2, new RangeError('own')],
        [1, 1, 'x'],
        [[1], [1], new RangeError('own')],
      ],
    ]),
  ),
  match: [
    ['abc', /b/],
    ['abc', /x/],
    [5, /5/],
    ['abc', /x/, 'text'],
    ['abc', 'x'],
  ],
  doesNotMatch: [
    ['abc', /b/],
    ['abc', /x/],
    ['abc', /b/, 'text'],
  ],
  fail: [[], ['text'], [new RangeError('own')]],
  ifError: [[null], [undefined], [0], ['text'], [new Error('x')]],
  throws: [
    ...rules.flatMap((rule) => [
      [thrower(new Error('broken')), ...rule],
      [() => 1, ...rule],
    ]),
    ['text'],
  ],
  doesNotThrow: [[() => 1], [thrower(new Error('x'))], [thrower(new Error('x')), 'text']],
  rejects: rules.flatMap((rule) => [
    [async () => thrower(new Error('broken'))(), ...rule],
    [async () => 1, ...rule],
    [Promise.resolve(1), ...rule],
  ]),
  doesNotReject: [[async () => 1], [async () => thrower(new Error('x'))()]],
}

describe('assert', () => {
  test('every function is compared', () => {
    expect(
      functionsOf(page).filter((name) => !['AssertionError', 'strict', ...Object.keys(VECTORS)].includes(name)),
    ).toEqual([])
  })

  test.each(Object.entries(VECTORS))('%s', async (name, lists) => {
    for (const [ours, theirs] of [
      [page, node.default],
      [strictPage, node.strict],
    ] as const) {
      for (const args of lists) {
        const told = `${name} ${args.map(String).join(', ')}`
        const here = await fate(() => Reflect.get(ours, name)(...args))
        expect(here, told).toEqual(await fate(() => Reflect.get(theirs, name)(...args)))
      }
    }
  })

  test('as a function, and its error', async () => {
    for (const args of [[1], [0, 'text'], ['']])
      expect(await fate(() => Reflect.apply(page, undefined, args))).toEqual(
        await fate(() => Reflect.apply(node.default, undefined, args)),
      )
    const made = new page.AssertionError({ message: 'x', actual: 1, expected: 2, operator: 'is' })
    const theirs = new node.AssertionError({ message: 'x', actual: 1, expected: 2, operator: 'is' })
    expect(await fate(thrower(made))).toEqual(await fate(thrower(theirs)))
  })
})
