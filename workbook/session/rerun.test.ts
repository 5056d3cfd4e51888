import { describe, expect, test } from 'vitest'
import type { AnyCheck } from '../grader/core/check.ts'
import type { CheckResult, Verdict } from '../grader/core/verdict.ts'
import { checkOf } from '../grader/fixtures/fakes.ts'
import { Memory } from './rerun.ts'

const check = (id: string, needs: Record<string, AnyCheck> = {}) => checkOf(id, async () => {}, { needs })
const result = (id: string, verdict: Verdict, blockedBy?: string): CheckResult => ({
  id,
  title: id,
  level: 'core',
  verdict,
  ms: 1,
  planned: 1,
  asserted: 1,
  requests: 1,
  clauses: [],
  ...(blockedBy === undefined ? {} : { blockedBy }),
})
/** A memory after runs; each is a list of results as they were told. */
function remembering(...runs: CheckResult[][]): Memory {
  const memory = new Memory()
  for (const run of runs) {
    memory.begin()
    for (const one of run) memory.add(one)
  }
  return memory
}
const ids = (parts: AnyCheck[][]) => parts.map((part) => part.map((c) => c.id))
const plain = ['C01', 'C02', 'C03', 'C04'].map((id) => check(id))

describe('the failure that is worked on', () => {
  test('is the first one told, not the first by name', () => {
    expect(remembering([result('C03', 'fail'), result('C01', 'fail')]).failure?.id).toBe('C03')
  })
  test('stays while it fails, and is replaced by the first one of the next run', () => {
    const memory = remembering(
      [result('C03', 'fail'), result('C01', 'fail')],
      [result('C01', 'fail'), result('C03', 'fail')],
    )
    expect(memory.failure?.id).toBe('C01')
  })
  test('moves on to another that still fails when it passed alone', () => {
    expect(remembering([result('C03', 'fail'), result('C02', 'fail')], [result('C03', 'pass')]).failure?.id).toBe('C02')
  })
  test('is kept by a run that was ended before it told anything', () => {
    expect(remembering([result('C03', 'fail')], []).failure?.id).toBe('C03')
  })
  test('is none when everything passes, waits, or was not run', () => {
    const none = [
      result('C01', 'pass'),
      result('C02', 'blocked', 'C01'),
      result('C03', 'env'),
      result('C04', 'not-run'),
    ]
    expect(remembering(none).failure).toBeUndefined()
  })
  test('may be unstable: that is never green', () => {
    expect(remembering([result('C02', 'unstable')]).failure?.id).toBe('C02')
  })
})

describe('the order of the next run', () => {
  test('is the usual one where nothing failed', () => {
    expect(ids(remembering([result('C01', 'pass')]).order(plain))).toEqual([['C01', 'C02', 'C03', 'C04']])
  })
  test('begins with the failure; the rest follows in its own order', () => {
    expect(ids(remembering([result('C03', 'fail')]).order(plain))).toEqual([['C03'], ['C01', 'C02', 'C04']])
  })
  test('then runs what waited for it, and what waited for that', () => {
    const memory = remembering([
      result('C02', 'fail'),
      result('C04', 'blocked', 'C02'),
      result('C01', 'blocked', 'C04'),
    ])
    expect(ids(memory.order(plain))).toEqual([['C02'], ['C01', 'C04'], ['C03']])
  })
  test('takes along what the failure and its dependants take values from', () => {
    const c01 = check('C01')
    const c02 = check('C02')
    const c03 = check('C03', { a: c01 })
    const c04 = check('C04', { a: c03, b: c02 })
    const c05 = check('C05')
    const parts = remembering([result('C03', 'fail')]).order([c01, c02, c03, c04, c05])
    expect(ids(parts)).toEqual([['C01', 'C03'], ['C02', 'C04'], ['C05']])
  })
  test('knows nothing of a failure that is not in the selection', () => {
    expect(ids(remembering([result('C09', 'fail')]).order(plain))).toHaveLength(1)
  })
  test('holds each check once', () => {
    const memory = remembering([
      result('C01', 'fail'),
      result('C02', 'blocked', 'C01'),
      result('C01', 'blocked', 'C02'),
    ])
    expect(
      memory
        .order(plain)
        .flat()
        .toSorted((a, b) => a.id.localeCompare(b.id)),
    ).toEqual(plain)
  })
})
