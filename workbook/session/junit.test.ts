import { describe, expect, test } from 'vitest'
import type { CheckResult, FailureReport, Verdict } from '../grader/core/verdict.ts'
import { parseXml } from './fixtures/xml.ts'
import { junitOf } from './junit.ts'
import { type RunReport, totalsOf } from './report.ts'

const failure: FailureReport = {
  claim: 'works',
  clause: 'login.1',
  did: 'POST /api/auth/login',
  expected: '200',
  received: '500 {"a":"b"}',
  diagnosis: 'server-error',
  why: 'The server broke.',
  hints: ['a hint'],
  log: ['GET 500'],
}
const result = (id: string, verdict: Verdict, more: Partial<CheckResult> = {}): CheckResult => ({
  id,
  title: 'Title',
  level: 'core',
  verdict,
  ms: 1_234,
  planned: 1,
  asserted: 1,
  requests: 1,
  clauses: ['login.1'],
  ...more,
})
const report = (checks: CheckResult[], more: Partial<RunReport> = {}): RunReport => ({
  schema: 1,
  tool: { name: 'full-stack-workbook', version: '0.1.0', node: 'v24.1.0', platform: 'linux-x64' },
  lab: { id: 'L01', title: 'Password login', digest: 'd' },
  transport: 'process',
  track: 'express',
  runtime: 'any',
  seed: 'abcdef',
  selection: checks.map((c) => c.id),
  complete: false,
  env: null,
  services: [],
  totals: totalsOf(checks),
  checks,
  ms: 2_000,
  target: 'workspace/01-password-login',
  notes: [],
  ...more,
})

const of = (xml: string, name: string) => parseXml(xml).filter((e) => e.name === name)

describe('each verdict has its place', () => {
  test.each<[Verdict, string | undefined]>([
    ['pass', undefined],
    ['fail', 'failure'],
    ['unstable', 'failure'],
    ['blocked', 'failure'],
    ['env', 'error'],
    ['grader', 'error'],
    ['not-run', 'skipped'],
  ])('%s becomes %s', (verdict, element) => {
    const xml = junitOf(report([result('C01', verdict, { reason: 'a reason' })]))
    const told = parseXml(xml).filter((e) => ['failure', 'error', 'skipped'].includes(e.name))
    expect(told.map((e) => e.name)).toEqual(element === undefined ? [] : [element])
    if (element !== undefined) expect(told[0]?.attributes.message).toBe('a reason')
    if (element === 'failure' || element === 'error') expect(told[0]?.attributes.type).toBe(verdict)
    const suite = of(xml, 'testsuite')[0]?.attributes
    expect([suite?.tests, suite?.failures, suite?.errors, suite?.skipped]).toEqual([
      '1',
      element === 'failure' ? '1' : '0',
      element === 'error' ? '1' : '0',
      element === 'skipped' ? '1' : '0',
    ])
  })
})

test('a failure carries its evidence, a case its level and seconds, the suite its seed', () => {
  const xml = junitOf(report([result('C01', 'fail', { failure, level: 'hard' })]))
  expect(of(xml, 'testcase')[0]?.attributes).toEqual({ classname: 'L01.hard', name: 'C01 Title', time: '1.234' })
  expect(of(xml, 'failure')[0]?.attributes.message).toBe('expected 200, received 500 {"a":"b"}')
  expect(of(xml, 'failure')[0]?.text).toContain('Expected: 200 (clause login.1)\nReceived: 500 {"a":"b"}\nWhy: The')
  expect(of(xml, 'property').map((e) => e.attributes)).toContainEqual({ name: 'seed', value: 'abcdef' })
})

test('what a server says cannot break out of its place', () => {
  const evil = `]]></failure><x a="1" b='2'>&\u0000\u001b[2J\r\n\ud800\uffff\t</x>`
  const shown = `]]></failure><x a="1" b='2'>&\\x00\\x1b[2J\\x0d\n\ufffd\ufffd\t</x>`
  const xml = junitOf(
    report([result('C01', 'fail', { title: evil, failure: { ...failure, received: evil, log: [evil] } })], {
      notes: [evil],
    }),
  )
  expect(of(xml, 'testcase')[0]?.attributes.name).toBe(`C01 ${shown}`)
  expect(of(xml, 'failure')[0]?.attributes.message).toBe(`expected 200, received ${shown}`)
  expect(of(xml, 'failure')[0]?.text).toContain(`Log: ${shown}`)
  expect(of(xml, 'system-out')[0]?.text).toBe(shown)
  expect(of(xml, 'x')).toEqual([])
})

test('a run without a check is an error, not a green file', () => {
  const env = { message: 'The Docker engine does not answer.', remedy: 'Start Docker.', log: ['line'] }
  const trouble = junitOf(report([], { env }))
  expect(of(trouble, 'testsuite')[0]?.attributes).toMatchObject({ tests: '1', errors: '1' })
  expect(of(trouble, 'error')[0]).toMatchObject({
    attributes: { message: env.message, type: 'env' },
    text: 'line\nThe Docker engine does not answer.\nStart Docker.',
  })
  expect(of(junitOf(report([])), 'testsuite')[0]?.attributes).toMatchObject({ tests: '1', errors: '1' })
})
