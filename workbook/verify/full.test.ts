import { expect, test } from 'vitest'
import { complaintsOfMissing, type FullSet } from './full.ts'

const rows = (set: 'cheat' | 'benign' | 'seed' | 'fault', count: number) =>
  Array.from({ length: count }, () => ({ set }))
const missing = (sets: FullSet[], ...ran: ReturnType<typeof rows>[]) =>
  complaintsOfMissing(sets, ran.flat(), { cheats: 3, tracks: 2 }).map(({ program }) => program)

test('a set of which too little ran is a complaint', () => {
  expect(missing(['seeds'])).toEqual(['seeds'])
  expect(missing(['seeds'], rows('seed', 20))).toEqual(['seeds'])
  expect(missing(['seeds'], rows('seed', 40))).toEqual([])
  expect(missing(['cheats', 'benign', 'faults'], rows('cheat', 2), rows('benign', 50))).toEqual(['cheats', 'faults'])
})

test('one that was not asked for is none, and claims and soaks have numbers of their own', () => {
  expect(missing([])).toEqual([])
  expect(missing(['claims', 'soak'])).toEqual([])
})
