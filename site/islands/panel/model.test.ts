import { describe, expect, test } from 'vitest'
import type { CheckResult, LabEvent, LabState, StandingAnswer } from '../../../workbook/session/desk/protocol.ts'
import { type Action, empty, firstFailure, isWaiting, LOG_LINES, type Model, reduce, score } from './model.ts'
import { outcomeLine, statusLine } from './words.ts'

const result = (id: string, verdict: CheckResult['verdict']): CheckResult => ({
  id,
  title: id,
  level: 'core',
  verdict,
  ms: 1,
  planned: 1,
  asserted: 1,
  requests: 1,
  clauses: [],
})
const told = (id: string, verdict: CheckResult['verdict'] = 'pass'): LabEvent => ({
  type: 'result',
  result: result(id, verdict),
  text: `${verdict} ${id}`,
})
const ready = (...checks: string[]): LabEvent => ({
  type: 'ready',
  transport: 'process',
  seed: 'abc123',
  services: [],
  checks,
  notes: [],
})
const known = (...ids: string[]): StandingAnswer => ({
  checks: ids.map((id) => ({ id, title: id, level: 'core' as const })),
})
const kept = (id: string, verdict: CheckResult['verdict'], changed = false) => ({
  id,
  title: id,
  level: 'core' as const,
  standing: {
    at: '2026-11-22T10:00:00Z',
    changed,
    transport: 'process' as const,
    result: result(id, verdict),
    text: '',
  },
})
const state: LabState = {
  lab: { id: 'L01', title: 'Login', tracks: ['express'] },
  copy: { exists: true, path: 'workspace/01' },
  would: { transport: 'process', why: '' },
  results: '',
}
const modelOf = (...actions: Action[]): Model => actions.reduce(reduce, empty)

describe('a run', () => {
  const begun: Action[] = [
    { type: 'standings', answer: known('C01', 'C02', 'C03') },
    { type: 'begin', act: 'check' },
    ready('C01', 'C02'),
  ]

  test('waits for what it selected and has not seen, and for nothing else', () => {
    const model = modelOf(...begun, told('C02'))
    expect(['C01', 'C02', 'C03'].map((id) => isWaiting(model, id))).toEqual([true, false, false])
  })

  test('waits for nothing once it is over, however it ended', () => {
    const ends: LabEvent[] = [
      { type: 'end', act: 'check' },
      { type: 'stopped', act: 'check', why: 'You stopped it.' },
      { type: 'trouble', act: 'check', error: 'no engine', remedy: 'start it', log: [] },
    ]
    for (const end of ends) expect(isWaiting(modelOf(...begun, end), 'C01')).toBe(false)
  })

  test('tells the same result twice as once', () => {
    const model = modelOf(...begun, told('C01'), told('C01'))
    expect(model.run?.seen).toEqual(['C01'])
  })

  test('leaves the verdicts of other checks as they are', () => {
    const model = modelOf(
      { type: 'standings', answer: { checks: [kept('C01', 'fail'), kept('C02', 'pass')] } },
      { type: 'begin', act: 'check' },
      ready('C02'),
      told('C02', 'fail'),
    )
    expect(model.shown.C01?.result.verdict).toBe('fail')
    expect(model.shown.C02?.result.verdict).toBe('fail')
  })

  test('its fresh verdicts stand over kept ones while it goes on, and kept ones over all afterwards', () => {
    const going = modelOf(...begun, told('C01', 'pass'), {
      type: 'standings',
      answer: { checks: [kept('C01', 'fail')] },
    })
    expect(going.shown.C01?.result.verdict).toBe('pass')
    const over = reduce(reduce(going, { type: 'end', act: 'check' }), {
      type: 'standings',
      answer: { checks: [kept('C01', 'fail', true)] },
    })
    expect(over.shown.C01?.result.verdict).toBe('fail')
    expect(over.shown.C01?.changed).toBe(true)
  })

  test('forgets a refusal of before', () => {
    expect(modelOf({ type: 'refused', refusal: 'busy' }, { type: 'begin', act: 'check' }).refusal).toBeUndefined()
  })
})

describe('a page that was loaded again', () => {
  test('is at the same place after the whole story as the page that saw it happen', () => {
    const story: Action[] = [
      { type: 'begin', act: 'check' },
      { type: 'says', text: 'Building' },
      ready('C01', 'C02'),
      told('C01'),
    ]
    const live = modelOf({ type: 'standings', answer: known('C01', 'C02') }, ...story)
    const again = modelOf({ type: 'whole' }, { type: 'standings', answer: known('C01', 'C02') }, ...story)
    expect(again).toEqual(live)
  })

  test('keeps the verdicts that it has when the server begins anew', () => {
    const model = modelOf({ type: 'standings', answer: { checks: [kept('C01', 'pass')] } }, { type: 'whole' })
    expect(model.shown.C01?.result.verdict).toBe('pass')
    expect(model.run).toBeUndefined()
  })
})

describe('the log', () => {
  const lines = (count: number, fresh?: true): LabEvent => ({
    type: 'log',
    lines: Array.from({ length: count }, (_, i) => ({ service: 'api', text: `line ${i}` })),
    ...(fresh ? { fresh } : {}),
  })

  test('is bounded, and numbers lines once', () => {
    const { log } = modelOf(lines(LOG_LINES), lines(10))
    expect(log).toHaveLength(LOG_LINES)
    expect(new Set(log.map((l) => l.n)).size).toBe(LOG_LINES)
  })

  test('is told from its beginning where it is fresh', () => {
    expect(modelOf(lines(5), lines(2, true)).log).toHaveLength(2)
  })
})

describe('words', () => {
  test('say that the workbook does not answer before anything is known', () => {
    expect(statusLine(modelOf({ type: 'link', link: 'lost' }))).toBe('The workbook does not answer.')
  })

  test('name what goes on, where, and how it stands', () => {
    const model = modelOf(
      {
        type: 'state',
        state: {
          ...state,
          activity: { act: 'check', since: 0, says: '' },
          stack: { transport: 'process', byHand: false, services: [{ name: 'api', state: 'exited' }] },
        },
      },
      { type: 'standings', answer: { checks: [kept('C01', 'pass'), kept('C02', 'fail')] } },
    )
    expect(statusLine(model)).toBe('Checking · Running on processes, api exited · 1 of 2 core checks pass')
    expect(score(model)).toEqual({ passed: 1, of: 2 })
    expect(firstFailure(model)?.id).toBe('C02')
  })

  test('tell the end of a run as the terminal does', () => {
    const end: LabEvent = { type: 'end', act: 'check', summary: '1 pass, 1 fail in 0.2 s' }
    const { run } = modelOf({ type: 'begin', act: 'check' }, end)
    expect(run && outcomeLine(run)).toBe('1 pass, 1 fail in 0.2 s')
  })
})
