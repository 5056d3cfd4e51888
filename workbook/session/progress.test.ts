import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Catalog, findLab, type Lab, loadCatalog } from '../catalog/index.ts'
import { digestOf } from '../stack/files.ts'
import { type Context, contextOf, workspaceOf } from './context.ts'
import {
  answerQuiz,
  exportProgress,
  finishLesson,
  importProgress,
  progressFile,
  quizChoices,
  recordOpened,
  recordRun,
  reportProgress,
  seeLesson,
  viewProgress,
} from './progress.ts'
import type { RunReport } from './report.ts'

const checkout = fileURLToPath(new URL('../..', import.meta.url))
const LESSON = '/00-orientation/01-how-this-course-grades-you/'

let root: string
let context: Context
let catalog: Catalog
let lab: Lab
let said: string[]
const digest = 'd'.repeat(64)

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'progress-session-'))
  // A real course in small: its pages and labs, and what evidence is made of.
  for (const part of ['course', 'labs', 'workbook/grader', 'package.json'])
    await cp(path.join(checkout, part), path.join(root, part), { recursive: true })
  said = []
  context = await contextOf(root, new AbortController().signal, (text) => said.push(text))
  catalog = await loadCatalog(root)
  lab = await findLab(root, 'L01')
  await mkdir(path.join(workspaceOf(root, lab), 'api'), { recursive: true })
  await writeFile(path.join(workspaceOf(root, lab), 'api', 'server.ts'), 'mine')
})
afterEach(() => rm(root, { recursive: true, force: true }))

const report = (verdicts: Record<string, string>, more: object = {}): RunReport =>
  ({
    env: null,
    transport: 'process',
    track: 'express',
    seed: 'abc123',
    complete: false,
    lab: { id: 'L01', title: '', digest },
    checks: Object.entries(verdicts).map(([id, verdict]) => ({ id, verdict })),
    ...more,
  }) as RunReport
const own = () => ({ lab, dir: workspaceOf(root, lab), workspace: digest })
const recorded = async () => (await viewProgress(context)).progress.labs.L01?.checks ?? {}

describe('a run', () => {
  test('of the learner’s own copy counts, with its evidence; and that page is the one to continue at', async () => {
    expect(await recordRun(context, report({ C01: 'pass', C02: 'fail' }), own())).toBe(true)
    expect(await recorded()).toMatchObject({
      C01: { verdict: 'pass', passed: { evidence: { workspace: digest, lab: digest, seed: 'abc123' } } },
      C02: { verdict: 'fail' },
    })
    expect((await viewProgress(context)).continueAt?.id).toBe('L01')
  })
  test('of another folder, of an address, of unknown files, or with machine trouble does not count', async () => {
    expect(await recordRun(context, report({ C01: 'pass' }), { ...own(), dir: path.join(root, 'labs') })).toBe(false)
    expect(await recordRun(context, report({ C01: 'pass' }, { transport: 'url' }), { ...own(), dir: undefined })).toBe(
      false,
    )
    expect(await recordRun(context, report({ C01: 'pass' }), { ...own(), workspace: undefined })).toBe(false)
    const env = { message: 'no engine', remedy: '', log: [] }
    expect(await recordRun(context, report({ C01: 'pass' }, { env }), own())).toBe(false)
    expect(existsSync(progressFile(root))).toBe(false)
  })
  test('is stale once the files have changed, and still stands', async () => {
    const now = await digestOf(workspaceOf(root, lab))
    const fresh = report({ C01: 'pass' }, { lab: { id: 'L01', title: '', digest: await digestOf(lab.dir) } })
    await recordRun(context, fresh, { ...own(), workspace: now })
    expect((await viewProgress(context)).stale).toEqual({})
    await writeFile(path.join(workspaceOf(root, lab), 'api', 'server.ts'), 'changed')
    const view = await viewProgress(context)
    expect(view.stale).toEqual({ L01: { C01: ['workspace'] } })
    expect(view.labs[0]?.core.done).toBe(1)
    await writeFile(path.join(root, 'workbook', 'grader', 'run.ts'), '// changed')
    expect((await viewProgress(context)).stale).toEqual({ L01: { C01: ['workspace', 'grader'] } })
  })
  test('that cannot be written down says so, and breaks nothing', async () => {
    await writeFile(progressFile(root), '{"schema": 99}')
    expect(await recordRun(context, report({ C01: 'pass' }), own())).toBe(false)
    expect(said.join(' ')).toMatch(/The result stands, but your progress was not kept\. .*newer workbook/)
    expect(await readFile(progressFile(root), 'utf8')).toBe('{"schema": 99}')
  })
})

describe('reading and answering', () => {
  test('pages are seen with their heading, and read', async () => {
    await seeLesson(context, catalog, LESSON, 'run-it')
    expect((await viewProgress(context)).continueAt).toMatchObject({ path: LESSON, heading: 'run-it' })
    await finishLesson(context, catalog, LESSON, true)
    expect((await viewProgress(context)).course.lessons.done).toBe(1)
    await recordOpened(context, lab)
    expect((await viewProgress(context)).labs[0]?.openedAt).toBeDefined()
  })
  test('a page, quiz or option that does not exist is refused with what was meant', async () => {
    await expect(seeLesson(context, catalog, LESSON.replace('grades', 'grade'))).rejects.toThrow(
      `Did you mean ${LESSON}?`,
    )
    await expect(answerQuiz(context, catalog, '__proto__', 0)).rejects.toThrow('There is no quiz "__proto__"')
    const [quiz] = catalog.modules.flatMap((m) => m.lessons).flatMap((l) => l.quizzes)
    if (quiz === undefined) throw new Error('the course has no quiz')
    for (const choice of [-1, 0.5, quiz.options.length, Number.NaN])
      await expect(answerQuiz(context, catalog, quiz.id, choice)).rejects.toThrow('has the options 0 to')
    expect(existsSync(progressFile(root))).toBe(false)
  })
  test('the catalogue judges an answer, and tells why', async () => {
    const [quiz] = catalog.modules.flatMap((m) => m.lessons).flatMap((l) => l.quizzes)
    if (quiz === undefined) throw new Error('the course has no quiz')
    const right = quiz.options.findIndex((o) => o.correct)
    const wrong = quiz.options.findIndex((o) => !o.correct)
    expect(await answerQuiz(context, catalog, quiz.id, wrong)).toEqual({
      correct: false,
      feedback: quiz.options[wrong]?.feedback,
    })
    expect((await viewProgress(context)).quizzes).toMatchObject({ answered: 1, done: 0 })
    expect(await answerQuiz(context, catalog, quiz.id, right)).toMatchObject({ correct: true })
    expect((await viewProgress(context)).quizzes).toMatchObject({ answered: 1, done: 1 })
    expect(await quizChoices(context)).toEqual({ [quiz.id]: right })
  })
})

describe('export and import', () => {
  const other = () => path.join(root, 'carried.json')
  const kept = async () =>
    (await readdir(path.join(root, 'workspace'))).filter((name) => name.includes('before-import'))
  beforeEach(async () => {
    await finishLesson(context, catalog, LESSON, true)
    await exportProgress(context, other(), false)
    await recordRun(context, report({ C01: 'pass' }), own())
  })

  test('an export is not written over unasked', async () => {
    await expect(exportProgress(context, other(), false)).rejects.toThrow('exists')
    await exportProgress(context, other(), true)
  })
  test('merge loses nothing, and nothing is done where nothing is new', async () => {
    expect(await importProgress(context, other(), 'merge')).toEqual({ changes: [], kept: undefined })
    await rm(path.join(root, 'workspace', 'progress.json'))
    await rm(path.join(root, 'workspace', 'progress.backup.json'))
    await recordRun(context, report({ C02: 'pass' }), own())
    const { changes } = await importProgress(context, other(), 'merge')
    expect(changes).toContain(`lesson ${LESSON} new; now read`)
    expect(Object.keys(await recorded())).toEqual(['C02'])
    expect(await kept()).toHaveLength(1)
  })
  test('replace keeps the version before; a look changes nothing', async () => {
    const look = await importProgress(context, other(), 'look')
    expect(look.changes).toEqual([])
    const { changes, kept: backup } = await importProgress(context, other(), 'replace')
    expect(changes).toEqual(expect.arrayContaining([expect.stringContaining('lab L01 goes: checks passed 1 -> 0')]))
    expect(await recorded()).toEqual({})
    await importProgress(context, backup ?? '', 'replace')
    expect(Object.keys(await recorded())).toEqual(['C01'])
  })
  test.each([
    ['half a file', '{"schema": 1, "less', 'is no progress file (it is no whole JSON document). Nothing was changed.'],
    ['a newer file', '{"schema": 2}', 'was written by a newer workbook (schema 2)'],
    ['another file', '{"name": "x"}', 'is no progress file (it is no progress file: it has no "schema")'],
  ])('%s is refused in a sentence', async (_name, text, sentence) => {
    await writeFile(other(), text)
    const before = await readFile(progressFile(root), 'utf8')
    await expect(importProgress(context, other(), 'replace')).rejects.toThrow(sentence)
    expect(await readFile(progressFile(root), 'utf8')).toBe(before)
  })
  test('a report names no folder and no person', async () => {
    const file = path.join(root, 'shared.html')
    await reportProgress(context, file)
    const text = await readFile(file, 'utf8')
    for (const secret of [root, tmpdir(), process.env.HOME ?? '/root', process.env.USER ?? '/home/'])
      if (secret.length > 4) expect(text).not.toContain(secret)
    expect(text).toContain('Core checks passed: 1 of 12.')
    expect(text).toContain('abc123')
  })
})
