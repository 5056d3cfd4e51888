import { expect, test } from 'vitest'
import { keyOf, savedWords } from './watch.ts'

test.each([
  ['r', 'all'],
  ['R', 'all'],
  ['f', 'failure'],
  ['h', 'hint'],
  ['l', 'log'],
  ['q', 'quit'],
  ['\u0003', 'interrupt'],
  ['\u0004', 'quit'],
  ['x', undefined],
  ['\u001b[A', undefined],
  ['rq', undefined],
  ['constructor', undefined],
  ['', undefined],
])('the key %j means %s', (typed, key) => {
  expect(keyOf(typed)).toBe(key)
})

test('at most two saved files are named, without control characters', () => {
  expect(savedWords(['a.ts'])).toBe('a.ts saved')
  expect(savedWords(['a.ts', 'b.ts', 'c.ts'])).toBe('a.ts, b.ts and 1 more saved')
  expect(savedWords(['\u001b[2J'])).toBe('\\x1b[2J saved')
})
