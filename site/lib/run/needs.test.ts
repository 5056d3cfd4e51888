import { expect, test } from 'vitest'
import { withNeeds } from './needs.ts'

const a = { id: 'C01' }
const b = { id: 'C02', needs: { a } }
const c = { id: 'C03', needs: [b] }
const all = [a, b, c, { id: 'C04' }]

test('named checks bring what they need, in the order of the checks', () => {
  const ids = (names: string[]) => withNeeds(all, names).map(({ id }) => id)
  expect(ids(['C03'])).toEqual(['C01', 'C02', 'C03'])
  expect(ids(['C04', 'C02'])).toEqual(['C01', 'C02', 'C04'])
  expect(ids([])).toHaveLength(4)
  expect(ids(['C99'])).toEqual([])
})
