import { describe, expect, test } from 'vitest'
import type { CheckResult } from '../../grader/core/verdict.ts'
import { EnvironmentTrouble } from '../../stack/types.ts'
import type { RunReport } from '../report.ts'
import { UsageError } from '../usage.ts'
import { isKnown, ofCheck, ofError, ofReport, ofWatch, textOf } from './translate.ts'

const result: CheckResult = {
  id: 'C04',
  title: 'Answers take as long',
  level: 'core',
  verdict: 'fail',
  ms: 12,
  planned: 1,
  asserted: 1,
  requests: 1,
  clauses: ['login.4'],
  failure: {
    claim: 'as long',
    clause: 'login.4',
    did: 'signed in',
    expected: 'the same',
    received: 'a difference',
    diagnosis: 'early-return',
    why: 'It returns early.',
    hints: ['Look at the clock.'],
    log: [],
  },
}
const report = (over: Partial<RunReport> = {}) => ({ env: null, checks: [result], ms: 12, ...over }) as RunReport

describe('a run', () => {
  test('gives each result with the text of the terminal, without colour', () => {
    const event = ofCheck({ type: 'result', result })
    expect(event).toEqual({ type: 'result', result, text: textOf(result) })
    expect(textOf(result)).toContain('C04')
    expect(textOf(result)).toContain('It returns early.')
    expect(textOf(result)).not.toContain('\u001b')
  })
  test('that is ready names its checks, and sends none of their code', () => {
    const checks = [{ id: 'C01', run: () => {} }, { id: 'C02' }] as never
    const event = ofCheck({
      type: 'ready',
      lab: {} as never,
      transport: 'process',
      seed: 'ab',
      services: [],
      checks,
      notes: ['n'],
    })
    expect(event).toEqual({
      type: 'ready',
      transport: 'process',
      seed: 'ab',
      services: [],
      notes: ['n'],
      checks: ['C01', 'C02'],
    })
  })
  test('ends with its report, or with the trouble that kept it from running', () => {
    expect(ofReport('check', report())).toMatchObject({ type: 'end', act: 'check', report: { ms: 12 } })
    const env = { message: 'No port.', remedy: 'Free it.', log: ['x'] }
    expect(ofReport('watch', report({ env }))).toEqual({
      type: 'trouble',
      act: 'watch',
      error: 'No port.',
      remedy: 'Free it.',
      log: ['x'],
    })
  })
})

describe('a watch', () => {
  test('says what a round is for, with the first of the files', () => {
    const files = Array.from({ length: 30 }, (_, n) => `f${n}`)
    expect(ofWatch({ type: 'round', reason: { why: 'saved', files } })).toEqual({
      type: 'begin',
      act: 'watch',
      reason: 'saved',
      files: files.slice(0, 20),
    })
    expect(ofWatch({ type: 'round', reason: { why: 'back' } })).toEqual({ type: 'begin', act: 'watch', reason: 'back' })
  })
  test('tells results and ends as a run does', () => {
    expect(ofWatch({ type: 'result', result })).toEqual(ofCheck({ type: 'result', result }))
    expect(ofWatch({ type: 'end', report: report() })).toEqual(ofReport('watch', report()))
  })
  test.each([
    [{ type: 'overtaken' } as const, 'stopped'],
    [{ type: 'mistake', message: 'bad' } as const, 'trouble'],
    [{ type: 'gone' } as const, 'says'],
  ])('%j is an event of the type %s', (event, type) => expect(ofWatch(event).type).toBe(type))
})

describe('an error', () => {
  test('of the environment brings its remedy and log', () => {
    expect(ofError('start', new EnvironmentTrouble('Broken.', 'Mend it.', ['line']))).toEqual({
      type: 'trouble',
      act: 'start',
      error: 'Broken.',
      remedy: 'Mend it.',
      log: ['line'],
    })
  })
  test('of typing speaks for itself; every other is called our mistake', () => {
    expect(ofError('reset', new UsageError('It runs.'))).toMatchObject({ error: 'It runs.', remedy: '' })
    expect(ofError('reset', new TypeError('x is undefined'))).toMatchObject({
      error: 'x is undefined',
      remedy: expect.stringContaining('mistake of the workbook'),
    })
  })
  test.each([[undefined], [null], ['text'], [{ name: 'CatalogError' }]])(
    'that is none (%j) breaks nothing',
    (thrown) => {
      expect(isKnown(thrown)).toBe(false)
      expect(ofError('check', thrown)).toMatchObject({ type: 'trouble', error: String(thrown) })
    },
  )
})
