/** Recording, deriving, merging and showing: pure functions over made-up courses. */
import { describe, expect, test } from 'vitest'
import type { Module } from '../catalog/index.ts'
import { type CourseShape, summaryOf } from './derive.ts'
import { changesOf, mergeProgress } from './merge.ts'
import { labOpened, lessonDone, lessonSeen, quizAnswered, type Run, ran, staleOf } from './record.ts'
import { reportHtml, shareableOf } from './report.ts'
import { type Evidence, emptyProgress, type Progress, progressSchema } from './schema.ts'
import { progressText } from './terminal.ts'

const t = (minute: number) => `2026-11-22T10:${String(minute).padStart(2, '0')}:00.000Z`
const evidence = (workspace = 'a'): Evidence => ({
  workspace: workspace.repeat(64),
  lab: 'b'.repeat(64),
  grader: 'c'.repeat(64),
  transport: 'process',
  track: 'express',
  seed: 'abc123',
})
const run = (minute: number, verdicts: Record<string, string>, more: Partial<Run> = {}): Run => ({
  lab: 'L01',
  at: t(minute),
  complete: false,
  checks: Object.entries(verdicts).map(([id, verdict]) => ({ id, verdict })) as Run['checks'],
  evidence: evidence(),
  ...more,
})
const page = (id: string, path: string, hours: number, more: object = {}) =>
  ({ id, title: `Page ${id}`, path, hours, quizzes: [], ...more }) as unknown as Module['lessons'][number]
const course: CourseShape = {
  modules: [
    {
      id: 'M0',
      title: 'First',
      slug: 'm',
      aim: '',
      hours: 4,
      planned: [{ id: '9.9', title: 'later', hours: 1.5 }],
      lessons: [
        page('0.1', '/m/one/', 0.5, { quizzes: [{ id: 'q-one' }, { id: 'q-two' }] }),
        page('0.2', '/m/two/', 1),
        page('L00', '/m/pre/', 0.5, { lab: 'L00' }),
        page('L01', '/m/lab/', 2, { lab: 'L01' }),
      ],
    },
  ],
  goals: [
    { id: 'auth', text: 'Sign people in.' },
    { id: 'cache', text: 'Cache.' },
  ],
  labs: [
    {
      id: 'L01',
      title: 'A lab <b>',
      goals: ['auth'],
      checks: [
        { id: 'C01', title: 'one', level: 'core' },
        { id: 'C02', title: 'two', level: 'core' },
        { id: 'C02h', title: 'two, hard', level: 'hard' },
      ],
    },
  ],
}
const madeOf = (...steps: ((p: Progress) => Progress)[]) => {
  const progress = steps.reduce((p, step) => step(p), emptyProgress())
  // Whatever is recorded can be read back.
  expect(progressSchema.parse(JSON.parse(JSON.stringify(progress)))).toEqual(progress)
  return progress
}

describe('a run', () => {
  test('keeps verdict, time and evidence of each check, and where one was', () => {
    const progress = madeOf((p) => ran(p, run(1, { C01: 'pass', C02: 'fail' })))
    expect(progress.labs.L01).toEqual({
      openedAt: t(1),
      lastRunAt: t(1),
      checks: {
        C01: {
          verdict: 'pass',
          at: t(1),
          evidence: evidence(),
          firstPassedAt: t(1),
          passed: { at: t(1), evidence: evidence() },
        },
        C02: { verdict: 'fail', at: t(1), evidence: evidence() },
      },
    })
    expect(progress.last).toEqual({ lab: 'L01', at: t(1) })
  })
  test('that fails later does not take a pass away', () => {
    const later = run(2, { C01: 'fail' }, { evidence: evidence('d') })
    const check = madeOf(
      (p) => ran(p, run(1, { C01: 'pass' })),
      (p) => ran(p, later),
    ).labs.L01?.checks.C01
    expect(check).toMatchObject({
      verdict: 'fail',
      at: t(2),
      evidence: { workspace: 'd'.repeat(64) },
      firstPassedAt: t(1),
      passed: { at: t(1), evidence: { workspace: 'a'.repeat(64) } },
    })
  })
  test.each(['env', 'grader', 'not-run'])('with the verdict %s changes nothing', (verdict) => {
    const before = madeOf((p) => ran(p, run(1, { C01: 'pass' })))
    expect(ran(before, run(2, { C01: verdict, C02: verdict }))).toBe(before)
    expect(ran(before, run(2, { C01: verdict, C02: 'blocked' })).labs.L01?.checks.C01).toEqual(
      before.labs.L01?.checks.C01,
    )
  })
  test('completes a lab once, and for good', () => {
    const progress = madeOf(
      (p) => ran(p, run(1, { C01: 'pass' }, { complete: true })),
      (p) => ran(p, run(2, { C01: 'fail' })),
      (p) => ran(p, run(3, { C01: 'pass' }, { complete: true })),
    )
    expect(progress.labs.L01).toMatchObject({ completedAt: t(1), lastRunAt: t(3) })
  })
  test('is stale where digests differ, part by part', () => {
    const same = { workspace: 'a'.repeat(64), lab: 'b'.repeat(64), grader: 'c'.repeat(64) }
    expect(staleOf(evidence(), same)).toEqual([])
    expect(staleOf(evidence(), { ...same, workspace: 'x', grader: 'y' })).toEqual(['workspace', 'grader'])
    expect(staleOf(evidence(), { ...same, workspace: undefined })).toEqual([])
  })
})

describe('reading and answering', () => {
  test('a page seen again keeps its first time and its heading', () => {
    const progress = madeOf(
      (p) => lessonSeen(p, '/m/one/', t(1), 'a-heading'),
      (p) => lessonSeen(p, '/m/one/', t(2)),
    )
    expect(progress.lessons['/m/one/']).toEqual({ firstSeen: t(1), lastSeen: t(2), heading: 'a-heading' })
  })
  test('a page is read once, and can be unread', () => {
    const done = madeOf(
      (p) => lessonDone(p, '/m/one/', t(1), true),
      (p) => lessonDone(p, '/m/one/', t(2), true),
    )
    expect(done.lessons['/m/one/']?.doneAt).toBe(t(1))
    expect(lessonDone(done, '/m/one/', t(3), false).lessons['/m/one/']).toEqual({ firstSeen: t(1), lastSeen: t(1) })
  })
  test('all answers are kept up to a bound, the first among them', () => {
    let progress = madeOf((p) => quizAnswered(p, 'q-one', { choice: 2, correct: false, at: t(0) }))
    for (let i = 1; i < 60; i++) progress = quizAnswered(progress, 'q-one', { choice: 0, correct: true, at: t(i) })
    const { answers, correctAt } = progress.quizzes['q-one'] ?? { answers: [] }
    expect([answers.length, answers[0]?.at, answers.at(-1)?.at, correctAt]).toEqual([50, t(0), t(59), t(1)])
  })
})

describe('the summary', () => {
  test('of nothing begins at the first page', () => {
    expect(summaryOf(course, emptyProgress())).toMatchObject({
      course: {
        lessons: { done: 0, total: 3 },
        labs: { done: 0, total: 1 },
        hours: { done: 0, left: 4, planned: 1.5 },
      },
      continueAt: { path: '/m/one/', id: '0.1' },
      quizzes: { done: 0, answered: 0, total: 2 },
    })
  })
  test('counts pages read, labs complete, hours, core checks by goal and quizzes', () => {
    const progress = madeOf(
      (p) => lessonDone(p, '/m/two/', t(1), true),
      (p) => ran(p, run(2, { C01: 'pass', C02h: 'pass', C02: 'fail' })),
      (p) => ran(p, run(3, { C01: 'fail' })),
      (p) => quizAnswered(p, 'q-one', { choice: 0, correct: false, at: t(4) }),
      (p) => quizAnswered(p, 'gone-from-the-course', { choice: 0, correct: true, at: t(4) }),
    )
    const summary = summaryOf(course, progress)
    expect(summary.course).toEqual({
      lessons: { done: 1, total: 3 },
      labs: { done: 0, total: 1 },
      hours: { done: 1, left: 3, planned: 1.5 },
    })
    expect(summary.goals.map((g) => [g.id, g.labs, g.checks])).toEqual([
      ['auth', ['L01'], { done: 1, total: 2 }],
      ['cache', [], { done: 0, total: 0 }],
    ])
    expect(summary.quizzes).toEqual({ done: 0, answered: 1, total: 2 })
  })
  test('the page of a lab is done when the lab is complete, not when it was read', () => {
    const read = madeOf((p) => lessonDone(p, '/m/lab/', t(1), true))
    expect(summaryOf(course, read).modules[0]?.hours.done).toBe(0)
    const complete = ran(read, run(2, { C01: 'pass' }, { complete: true }))
    expect(summaryOf(course, complete).modules[0]).toMatchObject({
      labs: { done: 1, total: 1 },
      hours: { done: 2, left: 2 },
    })
  })
  test.each<[string, ((p: Progress) => Progress)[], string | undefined]>([
    ['at the last page with its heading', [(p) => lessonSeen(p, '/m/two/', t(1), 'here')], '/m/two/#here'],
    [
      'at the next where the last is done',
      [(p) => lessonSeen(p, '/m/two/', t(1)), (p) => lessonDone(p, '/m/two/', t(2), true)],
      '/m/pre/#',
    ],
    ['round the end', [(p) => ran(p, run(1, { C01: 'pass' }, { complete: true }))], '/m/one/#'],
    [
      'nowhere when all is done',
      [
        ...['/m/one/', '/m/two/', '/m/pre/'].map((path) => (p: Progress) => lessonDone(p, path, t(1), true)),
        (p) => ran(p, run(2, { C01: 'pass' }, { complete: true })),
      ],
      undefined,
    ],
    [
      'at the start where the last page is gone from the course',
      [(p) => lessonSeen(p, '/m/removed/', t(1))],
      '/m/one/#',
    ],
  ])('continues %s', (_name, steps, expected) => {
    const place = summaryOf(course, madeOf(...steps)).continueAt
    expect(place === undefined ? undefined : `${place.path}#${place.heading ?? ''}`).toBe(expected)
  })
})

describe('merging', () => {
  const mine = madeOf(
    (p) => lessonSeen(p, '/m/one/', t(1), 'top'),
    (p) => lessonDone(p, '/m/one/', t(2), true),
    (p) => labOpened(p, 'L01', t(3)),
    (p) => ran(p, run(4, { C01: 'pass', C02: 'fail' })),
    (p) => quizAnswered(p, 'q-one', { choice: 1, correct: false, at: t(5) }),
  )
  const theirs = madeOf(
    (p) => lessonSeen(p, '/m/one/', t(6), 'middle'),
    (p) => ran(p, run(7, { C01: 'fail', C02: 'pass' }, { complete: true, evidence: evidence('e') })),
    (p) => quizAnswered(p, 'q-one', { choice: 0, correct: true, at: t(8) }),
    (p) => lessonSeen(p, '/m/two/', t(9)),
  )
  const merged = mergeProgress(mine, theirs)

  test('keeps what either knows: earliest first times, newest states', () => {
    expect(merged.lessons['/m/one/']).toEqual({ firstSeen: t(1), lastSeen: t(6), heading: 'middle', doneAt: t(2) })
    expect(merged.lessons['/m/two/']).toBeDefined()
    expect(merged.labs.L01).toMatchObject({
      openedAt: t(3),
      lastRunAt: t(7),
      completedAt: t(7),
      checks: {
        C01: { verdict: 'fail', at: t(7), firstPassedAt: t(4), passed: { at: t(4) } },
        C02: { verdict: 'pass', firstPassedAt: t(7), passed: { at: t(7) } },
      },
    })
    expect(merged.quizzes['q-one']).toMatchObject({ answers: [{ at: t(5) }, { at: t(8) }], correctAt: t(8) })
    expect(merged.last).toEqual({ path: '/m/two/', at: t(9) })
  })
  test('gives the same in any order, and no more when repeated', () => {
    expect(mergeProgress(theirs, mine)).toEqual(merged)
    expect(mergeProgress(merged, theirs)).toEqual(merged)
    expect(mergeProgress(merged, merged)).toEqual(merged)
    const other = madeOf((p) => ran(p, run(4, { C01: 'fail', C02: 'unstable' })))
    expect(mergeProgress(mine, other)).toEqual(mergeProgress(other, mine))
    expect(mergeProgress(mergeProgress(mine, theirs), other)).toEqual(mergeProgress(mine, mergeProgress(theirs, other)))
  })
  test('is told before it is done', () => {
    expect(changesOf(mine, merged)).toEqual([
      'lesson /m/one/ changes',
      'lesson /m/two/ new',
      'lab L01 changes: checks passed 1 -> 2; now complete',
      'quiz q-one changes: answers 1 -> 2',
      'last place: L01 -> /m/two/',
    ])
    expect(changesOf(merged, emptyProgress())).toContain('lab L01 goes: checks passed 2 -> 0; no longer complete')
    expect(changesOf(merged, merged)).toEqual([])
  })
})

describe('shown', () => {
  const progress = madeOf(
    (p) => lessonDone(p, '/m/one/', t(1), true),
    (p) => ran(p, run(2, { C01: 'pass', C02: 'fail' })),
  )
  const view = { ...summaryOf(course, progress), stale: { L01: { C01: ['workspace' as const] } } }
  test('in 80 columns, with what is stale', () => {
    const text = progressText(view)
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
    expect(text).toContain('Lessons 1 of 3   labs 0 of 1   quizzes 0 of 2\nHours 0.5 done, 3.5 left, and 1.5 in')
    expect(text).toMatch(/pass {5}C01 {3}one +first passed 2026-11-22 \*/)
    expect(text).toContain('not run yet: C02h')
    expect(text).toContain('* passed then; since then changed: your files')
    expect(text).toContain('Continue: L01 Page L01\n          /m/lab/')
  })
  test('as a page that stands alone, with its JSON inside and nothing that could run', () => {
    const report = shareableOf(view, { name: 'full-stack-workbook', version: '0.1.0' }, t(9))
    const html = reportHtml(report)
    expect(html).toContain('A lab &lt;b&gt;')
    expect(html).not.toContain('<b>')
    expect(html).not.toMatch(/ (?:src|href)=/)
    const json = /<script type="application\/json" id="progress">(.*)<\/script>/.exec(html)?.[1] ?? ''
    expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(report)))
    expect(report.labs[0]?.checks[0]).toMatchObject({
      id: 'C01',
      verdict: 'pass',
      evidence: { workspace: 'a'.repeat(12), seed: 'abc123' },
      stale: ['workspace'],
    })
    expect(report.labs[0]?.checks[2]).toMatchObject({ verdict: null, evidence: null })
  })
})
