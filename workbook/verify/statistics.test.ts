import { describe, expect, test } from 'vitest'
import { quantile, spreads, upperBound } from './statistics.ts'

describe('the upper bound', () => {
  test.each([
    [30, 3 / 30],
    [300, 3 / 300],
    [3_000, 3 / 3_000],
  ])('without an event in %i is about three of them', (n, three) => {
    expect(upperBound(0, n)).toBeGreaterThan(0.9 * three)
    expect(upperBound(0, n)).toBeLessThan(three)
  })
  // Clopper and Pearson, one-sided 95 %, from tables.
  test.each([
    [1, 20, 0.2161],
    [2, 100, 0.0616],
    [5, 50, 0.1991],
  ])('of %i in %i', (events, trials, bound) => {
    expect(upperBound(events, trials)).toBeCloseTo(bound, 3)
  })
  test('of all, or of nothing tried, is everything', () => {
    expect(upperBound(4, 4)).toBe(1)
    expect(upperBound(0, 0)).toBe(1)
  })
})

describe('quantiles', () => {
  test('are values that were there', () => {
    const values = [5, 1, 4, 2, 3]
    expect([quantile(values, 0.5), quantile(values, 0.95), quantile([7], 0.95)]).toEqual([3, 5, 7])
  })
  test('of a hundred', () => {
    const values = Array.from({ length: 100 }, (_, i) => i + 1)
    expect([quantile(values, 0.5), quantile(values, 0.95)]).toEqual([50, 95])
  })
})

test('spreads are those of passes alone', () => {
  const of = (id: string, verdict: string, ms: number) => ({ id, verdict, ms })
  expect(spreads([of('C02', 'pass', 3), of('C01', 'pass', 1), of('C01', 'fail', 9), of('C13', 'not-run', 0)])).toEqual({
    C01: { runs: 1, p50: 1, p95: 1, most: 1 },
    C02: { runs: 1, p50: 3, p95: 3, most: 3 },
  })
})
