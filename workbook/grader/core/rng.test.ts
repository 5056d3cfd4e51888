import { describe, expect, test } from 'vitest'
import { rngOf } from './rng.ts'

const draw = (...words: string[]) => {
  const rng = rngOf(...words)
  return Array.from({ length: 20 }, () => rng.int(0, 1_000_000))
}

describe('a stream', () => {
  test('is the same for the same words', () => {
    expect(draw('7f3a19', 'C01')).toEqual(draw('7f3a19', 'C01'))
  })
  test('differs for another check, another seed, and words cut elsewhere', () => {
    const streams = [
      draw('a', 'C01'),
      draw('a', 'C02'),
      draw('b', 'C01'),
      draw('aC', '01'),
      draw('aC01'),
      draw('C01', 'a'),
    ]
    expect(new Set(streams.map(String)).size).toBe(streams.length)
  })
  test('of two neighbouring seeds shares hardly a number', () => {
    const [a, b] = [draw('000001', 'C01'), draw('000002', 'C01')]
    expect(a.filter((n, i) => n === b[i])).toHaveLength(0)
  })
})

describe('whole numbers', () => {
  test('reach both ends and nothing beyond', () => {
    const rng = rngOf('bounds')
    const seen = new Set(Array.from({ length: 500 }, () => rng.int(-2, 2)))
    expect([...seen].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2])
  })
  test('of a range of one are that one', () => {
    expect(rngOf('one').int(7, 7)).toBe(7)
  })
  test('are even enough: no bucket is off by more than a tenth', () => {
    const rng = rngOf('even')
    const counts = Array.from({ length: 16 }, () => 0)
    for (let i = 0; i < 64_000; i++) {
      const n = rng.int(0, 15)
      counts[n] = (counts[n] ?? 0) + 1
    }
    for (const count of counts) expect(Math.abs(count - 4_000)).toBeLessThan(400)
  })
  test('first draws of many checks are even enough too', () => {
    const counts = Array.from({ length: 8 }, () => 0)
    for (let i = 0; i < 8_000; i++) {
      const n = rngOf('seed', `C${i}`).int(0, 7)
      counts[n] = (counts[n] ?? 0) + 1
    }
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150)
  })
})

describe('choices', () => {
  test('a shuffle holds the same things in another order and leaves its input alone', () => {
    const list = Array.from({ length: 50 }, (_, i) => i)
    const shuffled = rngOf('shuffle').shuffle(list)
    expect(shuffled).not.toEqual(list)
    expect(shuffled.toSorted((a, b) => a - b)).toEqual(list)
    expect(list[49]).toBe(49)
  })
  test('a shuffle puts each thing in each place about as often', () => {
    const rng = rngOf('places')
    const first = { a: 0, b: 0, c: 0 }
    for (let i = 0; i < 3_000; i++) first[rng.shuffle(['a', 'b', 'c'] as const)[0] as 'a']++
    for (const count of Object.values(first)) expect(Math.abs(count - 1_000)).toBeLessThan(130)
  })
  test('a pick comes from the list, and every entry comes', () => {
    const rng = rngOf('pick')
    expect(new Set(Array.from({ length: 100 }, () => rng.pick(['a', 'b', 'c'])))).toEqual(new Set(['a', 'b', 'c']))
  })
  test('a pick from nothing is an error', () => {
    expect(() => rngOf('pick').pick([])).toThrow('empty')
  })
  test('a text has its length and its alphabet', () => {
    expect(rngOf('text').text(200, 'xyz')).toMatch(/^[xyz]{200}$/)
    expect(rngOf('text').text(40)).toMatch(/^[a-z]{40}$/)
    expect(rngOf('text').text(0)).toBe('')
  })
})
