import { describe, expect, test } from 'vitest'
import { type CheckResult, exitCodeOf, type Level, type Verdict } from './verdict.ts'

const result = (verdict: Verdict, level: Level = 'core'): CheckResult => ({
  id: 'C01',
  title: 'T',
  level,
  verdict,
  ms: 1,
  planned: 1,
  asserted: 1,
  requests: 1,
  clauses: [],
})
const verdicts: Verdict[] = ['pass', 'fail', 'blocked', 'not-run', 'env', 'grader', 'unstable']
const code = (...of: Verdict[]) => exitCodeOf(of.map((v) => result(v)))

describe('the exit code of a run', () => {
  test.each<[Verdict, number]>([
    ['pass', 0],
    ['fail', 1],
    ['blocked', 1],
    ['unstable', 1],
    ['env', 3],
    ['not-run', 3],
    ['grader', 4],
  ])('with one core check %s is %i, and a pass beside it changes nothing', (verdict, wanted) => {
    expect(code(verdict)).toBe(wanted)
    expect(code('pass', verdict)).toBe(wanted)
    expect(code(verdict, 'pass')).toBe(wanted)
  })
  test.each<[Verdict, Verdict]>(
    (['fail', 'blocked', 'unstable'] as const).flatMap((bad) => [
      [bad, 'env'],
      [bad, 'not-run'],
    ]),
  )('is 1 where a core check is %s and another %s', (bad, absent) => {
    expect(code(bad, absent)).toBe(1)
    expect(code(absent, bad)).toBe(1)
  })
  test.each(verdicts)('is 4 where a core check hit a mistake of the grader, beside %s too', (other) => {
    expect(code('grader', other)).toBe(4)
  })
  test.each(verdicts)('is not changed by a hard or stretch check that is %s', (verdict) => {
    expect(exitCodeOf([result('pass'), result(verdict, 'hard')])).toBe(0)
    expect(exitCodeOf([result('pass'), result(verdict, 'stretch')])).toBe(0)
    expect(exitCodeOf([result('fail'), result(verdict, 'hard')])).toBe(1)
    expect(exitCodeOf([result('env'), result(verdict, 'stretch')])).toBe(3)
  })
  test('of no result at all is not success: nothing passed', () => {
    expect(exitCodeOf([])).not.toBe(0)
  })
})
