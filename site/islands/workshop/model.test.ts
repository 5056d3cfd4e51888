import { describe, expect, test } from 'vitest'
import { digestOf } from '../../lib/run/digest.ts'
import type { CheckResult, RunEvent } from '../../lib/run/subject.ts'
import {
  type Action,
  begin,
  isRunning,
  isWaiting,
  LOG_LINES,
  type Model,
  REQUESTS,
  reduce,
  score,
  written,
} from './model.ts'
import { outcomeLine, statusLine } from './words.ts'

const starter = { 'a.ts': 'let a = 1', 'b.ts': 'let b = 1', 'c.ts': 'let c = 1' }
const checks = ['C01', 'C02', 'C03'].map((id) => ({ id, title: id, level: 'core' as const }))
const subject = { starter, open: ['a.ts', 'b.ts'], checks }
const draft = (file: string, text: string, from = digestOf(starter[file as 'a.ts'] ?? '')) => ({ file, text, from })
const start = (...drafts: ReturnType<typeof draft>[]) => begin(subject, { drafts, kept: [] })
const having = (model: Model, ...actions: Action[]) => actions.reduce(reduce, model)

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
const told = (id: string, verdict: CheckResult['verdict'] = 'pass', n = 1): Action => ({
  type: 'event',
  n,
  event: { type: 'result', result: result(id, verdict), text: '' },
})
const event = (what: RunEvent, n = 1): Action => ({ type: 'event', n, event: what })
const begun: Action = { type: 'begin', n: 1, seed: 'abc123', selection: ['C01', 'C02'] }
const edit = (file: string, text: string): Action => ({ type: 'edit', file, text })

describe('files', () => {
  test('begin as the starter, with drafts over it; a draft opens its tab', () => {
    const model = start(draft('c.ts', 'mine'))
    expect(model.files).toEqual({ ...starter, 'c.ts': 'mine' })
    expect(model.tabs).toEqual(['a.ts', 'b.ts', 'c.ts'])
    expect(model.stale).toEqual([])
  })
  test('a draft that is as the starter now is none', () => {
    expect(start(draft('a.ts', starter['a.ts'], 'older')).drafts).toEqual([])
  })
  test('what is typed is a draft with the digest of its starter, and none once it is as the starter again', () => {
    const model = having(start(), edit('a.ts', 'mine'))
    expect(model.drafts).toEqual([draft('a.ts', 'mine')])
    expect(having(model, edit('a.ts', starter['a.ts'])).drafts).toEqual([])
    // Typing is in the editor already: taking the text anew would move the cursor.
    expect(model.edition).toBe(0)
  })
  test('one that was added can be taken away; one of the course cannot', () => {
    const added = having(start(), { type: 'add', file: 'd.ts' })
    expect([added.chosen, written(added)]).toEqual(['d.ts', { 'd.ts': '' }])
    expect(added.drafts[0]?.from).toBe('')
    const gone = having(added, { type: 'remove', file: 'd.ts' })
    expect([gone.files, gone.chosen, gone.tabs]).toEqual([starter, 'a.ts', ['a.ts', 'b.ts']])
    expect(having(start(), { type: 'remove', file: 'a.ts' }).files).toEqual(starter)
  })
  test('adding one that is there shows it, and does not empty it', () => {
    const model = having(start(), { type: 'add', file: 'c.ts' })
    expect([model.files['c.ts'], model.chosen]).toEqual([starter['c.ts'], 'c.ts'])
  })
  test('a reset leaves what was written among the former states, and tells the editor', () => {
    const mine = having(start(), edit('a.ts', 'mine'), { type: 'add', file: 'd.ts' }, edit('d.ts', 'new'))
    const kept = { at: 1, why: 'before', drafts: mine.drafts }
    const model = having(mine, { type: 'replace', drafts: [], kept })
    expect(model).toMatchObject({ files: starter, drafts: [], kept: [kept], edition: 1, chosen: 'a.ts' })
    const back = having(model, { type: 'replace', drafts: kept.drafts, kept: undefined })
    expect(back).toMatchObject({ files: { 'a.ts': 'mine', 'd.ts': 'new' }, edition: 2, tabs: ['a.ts', 'b.ts', 'd.ts'] })
  })
})

describe('a course that changed', () => {
  const stale = () => start(draft('a.ts', 'mine', digestOf('older')), draft('d.ts', 'mine too', digestOf('older')))
  test('is told of a draft that began from another starter, or from one that is gone', () => {
    expect(stale().stale).toEqual(['a.ts', 'd.ts'])
    expect(stale().files['a.ts']).toBe('mine')
  })
  test('is told no more once the draft is held on to, or dropped; typing does not end it', () => {
    expect(having(stale(), { type: 'hold', file: 'a.ts' }).stale).toEqual(['d.ts'])
    expect(having(stale(), edit('a.ts', 'mine again')).stale).toEqual(['a.ts', 'd.ts'])
    const drafts = stale().drafts.filter(({ file }) => file !== 'a.ts')
    const model = having(stale(), { type: 'replace', drafts, kept: undefined })
    expect([model.stale, model.files['a.ts']]).toEqual([['d.ts'], starter['a.ts']])
  })
})

describe('a run', () => {
  test('waits for what it selected and has not seen, and for nothing once it is over', () => {
    const model = having(start(), begun, told('C02'))
    expect(['C01', 'C02', 'C03'].map((id) => isWaiting(model, id))).toEqual([true, false, false])
    for (const outcome of [{ kind: 'stopped' }, { kind: 'end', ms: 1 }, { kind: 'trouble', message: 'x' }] as const) {
      const over = having(model, { type: 'over', n: 1, outcome })
      expect([isRunning(over), isWaiting(over, 'C01')]).toEqual([false, false])
    }
  })
  test('that was stopped says nothing more, and one of before neither', () => {
    const stopped = having(start(), begun, { type: 'over', n: 1, outcome: { kind: 'stopped' } })
    expect(having(stopped, told('C01')).shown).toEqual({})
    expect(having(stopped, { type: 'over', n: 1, outcome: { kind: 'end', ms: 1 } }).run?.outcome?.kind).toBe('stopped')
    expect(having(start(), { ...begun, n: 2 }, told('C01', 'pass', 1)).shown).toEqual({})
  })
  test('leaves the verdicts of other checks; an edit makes all of them old, and the next result is new', () => {
    const model = having(start(), begun, told('C01', 'fail'), edit('a.ts', 'mine'))
    expect(model.shown.C01?.changed).toBe(true)
    const again = having(model, { type: 'begin', n: 2, seed: 'x', selection: ['C02'] }, told('C02', 'pass', 2))
    expect([again.shown.C01?.changed, again.shown.C02?.changed]).toEqual([true, false])
  })
  test('keeps a bounded log, and says how many lines were too many', () => {
    const lines = { type: 'lines', program: 'api', lines: Array(LOG_LINES + 5).fill('x'), dropped: 7 } as const
    const { log, dropped } = having(start(), begun, event(lines), event(lines))
    expect([log.length, new Set(log.map(({ n }) => n)).size, dropped]).toEqual([LOG_LINES, LOG_LINES, 14])
  })
  test('keeps the last requests, each once, with its answer', () => {
    const asked = (n: number, status?: number): Action =>
      event({
        type: 'request',
        entry: { n, program: 'api', method: 'GET', path: '/', ...(status === undefined ? {} : { status }) },
      })
    const many = Array.from({ length: REQUESTS + 3 }, (_, i) => asked(i + 1))
    const { requests } = having(start(), begun, ...many, asked(REQUESTS, 200))
    expect(requests).toHaveLength(REQUESTS)
    expect(requests.filter(({ n }) => n === REQUESTS)).toMatchObject([{ status: 200 }])
    expect(requests[0]?.n).toBe(4)
  })
  test('the place of a mistake goes when its file is changed, and stays when another one is', () => {
    const wrong = event({ type: 'trouble', trouble: { kind: 'syntax', message: 'x', file: 'a.ts', line: 1 } })
    const model = having(start(), begun, wrong)
    expect(having(model, edit('b.ts', 'x')).trouble?.line).toBe(1)
    expect(having(model, edit('a.ts', 'x')).trouble).toBeUndefined()
    expect(having(model, { ...begun, n: 2 }).trouble).toBeUndefined()
  })
})

describe('words', () => {
  test('count what is left, and what came', () => {
    const model = having(start(), begun, told('C01', 'not-run'))
    expect(outcomeLine(model)).toBe('Checking: 1 of 2 to go')
    const over = having(model, told('C02', 'fail'), { type: 'over', n: 1, outcome: { kind: 'end', ms: 1_240 } })
    expect(outcomeLine(over)).toBe('0 pass, 1 fail, 1 not run in 1.2 s')
    expect(statusLine(over)).toBe('0 of 3 core checks pass, 1 not graded here')
    expect(score(over)).toEqual({ passed: 0, of: 3, away: 1 })
    expect(statusLine(having(over, edit('a.ts', 'x')))).toMatch(/ · changed since$/)
  })
  test('say that a draft is there before anything ran', () => {
    expect([statusLine(start()), statusLine(start(draft('a.ts', 'x')))]).toEqual([
      'Not checked yet',
      'Your draft is here',
    ])
  })
})
