import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import type { CheckResult, Level, Verdict } from '../grader/core/verdict.ts'
import { exitCodeOfReport, isComplete, type RunReport, runReportSchema, totalsOf } from './report.ts'
import { reportSchemaTexts } from './report-schema.ts'

const result = (id: string, verdict: Verdict, level: Level = 'core'): CheckResult => ({
  id,
  title: 'T',
  level,
  verdict,
  ms: 1,
  planned: 1,
  asserted: 1,
  requests: 1,
  clauses: [],
})
const all = [
  { id: 'C01', level: 'core' },
  { id: 'C02', level: 'core' },
  { id: 'C02h', level: 'hard' },
]

describe('a lab is complete', () => {
  test('when all its checks ran and the core ones passed', () => {
    expect(isComplete(all, [result('C01', 'pass'), result('C02', 'pass'), result('C02h', 'fail', 'hard')])).toBe(true)
  })
  test('not by a selection, however green', () => {
    expect(isComplete(all, [result('C01', 'pass'), result('C02', 'pass')])).toBe(false)
    expect(isComplete(all, [])).toBe(false)
  })
  test.each<Verdict>(['fail', 'blocked', 'not-run', 'env', 'grader', 'unstable'])(
    'not with a core check %s',
    (verdict) => {
      expect(isComplete(all, [result('C01', 'pass'), result('C02', verdict), result('C02h', 'pass', 'hard')])).toBe(
        false,
      )
    },
  )
  test('not when it has no checks', () => {
    expect(isComplete([], [])).toBe(false)
  })
})

test('totals count each verdict', () => {
  const verdicts: Verdict[] = ['pass', 'pass', 'fail', 'blocked', 'not-run', 'env', 'grader', 'unstable', 'unstable']
  expect(totalsOf(verdicts.map((v, i) => result(`C${i}`, v)))).toEqual({
    pass: 2,
    fail: 1,
    blocked: 1,
    notRun: 1,
    env: 1,
    grader: 1,
    unstable: 2,
  })
})

test('trouble with the environment is exit code 3, whatever the checks said', () => {
  const report = { env: null, checks: [result('C01', 'fail')] } as unknown as RunReport
  expect(exitCodeOfReport(report)).toBe(1)
  expect(exitCodeOfReport({ ...report, env: { message: 'm', remedy: 'r', log: [] } })).toBe(3)
})

describe('the published schema', () => {
  const schema = JSON.parse(reportSchemaTexts().result ?? '')
  const whole: RunReport = {
    schema: 1,
    tool: { name: 'n', version: 'v', node: 'v24', platform: 'p' },
    lab: { id: 'L01', title: 't', digest: 'd' },
    transport: 'url',
    track: 'other',
    runtime: 'any',
    seed: 's',
    selection: ['C01'],
    complete: false,
    env: { message: 'm', remedy: 'r', log: [] },
    services: [{ name: 'api', state: 'healthy', detail: 'd' }],
    totals: totalsOf([]),
    checks: [
      {
        ...result('C01', 'fail'),
        lesson: 'l',
        reason: 'r',
        blockedBy: 'C02',
        failure: {
          claim: 'c',
          clause: 'a.1',
          did: 'd',
          expected: 'e',
          received: 'r',
          diagnosis: 'd',
          why: 'w',
          hints: [],
          curl: 'curl',
          log: [],
        },
      },
    ],
    ms: 1,
    target: 't',
    notes: [],
  }
  test('is what the types are made of: a whole document keeps every field', () => {
    expect(runReportSchema.parse(whole)).toEqual(whole)
  })
  test('can be read back, takes a document, and refuses a verdict that there is not', () => {
    const read = z.fromJSONSchema(schema)
    expect(read.safeParse(whole).error).toBeUndefined()
    expect(read.safeParse({ ...whole, checks: [{ ...result('C01', 'pass'), verdict: 'green' }] }).success).toBe(false)
    expect(read.safeParse({ ...whole, schema: 2 }).success).toBe(false)
  })
  test('lets a later version of the tool add fields', () => {
    expect(schema.additionalProperties).toBeUndefined()
    expect(z.fromJSONSchema(schema).safeParse({ ...whole, more: 1 }).success).toBe(true)
  })
})
