/** Progress at the command line, with no server: recorded by `check`, shown, carried elsewhere, reported. */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProgressView } from '../../workbook/session/progress.ts'
import { type Checkout, makeCheckout } from './checkout.ts'

let checkout: Checkout
beforeAll(() => {
  checkout = makeCheckout()
})
afterAll(() => {
  const left = checkout.leftovers()
  checkout.remove()
  expect(left).toEqual([])
})

const inside = (...names: string[]) => path.join(checkout.root, ...names)
const file = () => inside('workspace', 'progress.json')
const view = async (): Promise<ProgressView> =>
  JSON.parse((await checkout.run(['progress', 'show', '--json'])).stdout) as ProgressView

describe('progress', () => {
  it('begins at the first page, in 80 columns, and writes nothing', async () => {
    const { code, stdout, stderr } = await checkout.run(['progress'])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain('Continue: 0.1 ')
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
    expect(existsSync(file())).toBe(false)
  })

  it('keeps what a check of the own copy said, and tells when the files have changed since', async () => {
    await checkout.run([
      'lab',
      'export',
      'L01',
      '--state',
      'solution',
      '--to',
      inside('workspace', '01-password-login'),
    ])
    const checked = await checkout.run(['check', 'L01', 'C01', 'C05', '--runtime', 'process', '--seed', 'abc123'])
    expect([checked.code, checked.stderr]).toEqual([0, ''])
    const { labs, stale, continueAt } = await view()
    expect(labs[0]?.core).toEqual({ done: 2, total: 12 })
    expect(labs[0]?.completedAt).toBeUndefined()
    expect(labs[0]?.checks.find((c) => c.id === 'C05')?.record).toMatchObject({
      verdict: 'pass',
      evidence: { transport: 'process', track: 'express', seed: 'abc123' },
    })
    expect([stale, continueAt?.id]).toEqual([{}, 'L01'])
    appendFileSync(inside('workspace', '01-password-login', 'api', 'src', 'app.ts'), '\n// a change\n')
    expect((await view()).stale).toEqual({ L01: { C01: ['workspace'], C05: ['workspace'] } })
    expect((await checkout.run(['progress'])).stdout).toContain('since then changed: your files')
  })

  it('does not count another folder, nor a run that was interrupted', async () => {
    const before = readFileSync(file(), 'utf8')
    await checkout.run(['lab', 'export', 'L01', '--state', 'starter', '--to', inside('elsewhere')])
    const other = await checkout.run(['check', 'L01', 'C05', '--runtime', 'process', '--dir', inside('elsewhere')])
    expect(other.code).toBe(1)
    const running = checkout.begin(['check', 'L01', '--runtime', 'process'])
    await running.until(/^(?:PASS|FAIL) /m)
    running.interrupt()
    expect((await running.ended).code).toBe(130)
    expect(readFileSync(file(), 'utf8')).toBe(before)
  })

  it('keeps each round of a watch', async () => {
    const lastRun = async () => (await view()).labs[0]?.lastRunAt
    const before = await lastRun()
    const words = ['check', 'L01', 'C05', '--watch', '--manual', '--runtime', 'process']
    const running = checkout.begin(words, { terminal: true })
    await running.until(/Waiting for a key/)
    const first = await lastRun()
    running.type('r')
    await running.until(/Waiting for a key/)
    const second = await lastRun()
    running.type('q')
    expect((await running.ended).code).toBe(0)
    expect(new Set([before, first, second]).size).toBe(3)
  })

  it('is carried to another place by export and import', async () => {
    const carried = inside('carried.json')
    expect((await checkout.run(['progress', 'export', 'carried.json'])).stdout).toBe(
      `Wrote ${carried}: 0 lessons, 1 labs, 0 quizzes.\n`,
    )
    expect((await checkout.run(['progress', 'export', 'carried.json'])).code).toBe(2)
    expect((await checkout.run(['progress', 'import', 'carried.json'])).stdout).toBe('Nothing in it is new.\n')
    const seen = { firstSeen: '2026-11-22T10:00:00.000Z', lastSeen: '2026-11-22T10:00:00.000Z' }
    const lessons = { '/00-orientation/02-follow-one-request/': { ...seen, doneAt: seen.lastSeen } }
    writeFileSync(carried, JSON.stringify({ schema: 1, lessons, labs: {}, quizzes: {} }))
    const before = readFileSync(file(), 'utf8')
    const look = await checkout.run(['progress', 'import', 'carried.json', '--dry-run'])
    expect(look.stdout).toContain('lesson /00-orientation/02-follow-one-request/ new; now read')
    expect(readFileSync(file(), 'utf8')).toBe(before)
    const merged = await checkout.run(['progress', 'import', 'carried.json'])
    expect(merged.stdout).toMatch(/Done\. The version before is workspace\/progress\.before-import-.+\.json\./)
    const { course, labs } = await view()
    expect([course.lessons.done, labs[0]?.core.done]).toEqual([1, 2])
  })

  it('is reported in a file that says what it holds, and names no folder of this machine', async () => {
    const { code, stdout } = await checkout.run(['report'])
    expect(code).toBe(0)
    expect(stdout).toContain('It does not hold: names, addresses, folders')
    const html = readFileSync(inside('workspace', 'report.html'), 'utf8')
    for (const word of [checkout.root, os.tmpdir(), os.homedir(), os.hostname()]) expect(html).not.toContain(word)
    expect(html).toContain('abc123')
    await checkout.run(['report', 'mine.json'])
    expect(JSON.parse(readFileSync(inside('mine.json'), 'utf8'))).toMatchObject({
      schema: 1,
      labs: expect.arrayContaining([expect.objectContaining({ id: 'L01' })]),
    })
  })

  it('of a newer workbook is refused in a sentence, and a check goes on without it', async () => {
    const newer = '{"schema": 2}\n'
    writeFileSync(file(), newer)
    const shown = await checkout.run(['progress'])
    expect([shown.code, shown.stdout]).toEqual([3, ''])
    expect(shown.stderr).toMatch(/^progress\.json was written by a newer workbook \(schema 2; this one knows 1\)\./)
    const checked = await checkout.run(['check', 'L01', 'C05', '--runtime', 'process'])
    expect(checked.code).toBe(0)
    expect(checked.stderr).toContain('The result stands, but your progress was not kept.')
    expect(readFileSync(file(), 'utf8')).toBe(newer)
  })

  it.each([
    [['progress', 'exprot', 'x'], 'There is no "exprot". Did you mean export?'],
    [['progress', 'import'], 'import wants one file.'],
    [['progress', 'import', 'nowhere.json'], 'nowhere.json: no such file.'],
    [['report', 'mine.pdf'], 'The name ends in .html or .json.'],
  ])('%j is explained', async (words, sentence) => {
    const { code, stderr } = await checkout.run(words)
    expect(code).toBe(2)
    expect(stderr).toContain(sentence)
  })
})
