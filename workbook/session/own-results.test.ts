import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Lab } from '../catalog/index.ts'
import type { Context } from './context.ts'
import { OwnResults } from './own-results.ts'

let root: string
let folder: string
let own: OwnResults
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'own-'))
  const places = { root, state: path.join(root, '.workbook'), shared: root }
  folder = path.join(places.state, 'results', '01-x')
  await mkdir(folder, { recursive: true })
  own = new OwnResults({ root, places } as Context, { id: 'L01', folder: '01-x' } as Lab)
})
afterEach(() => rm(root, { recursive: true }))

const keep = (minute: number, verdicts: Record<string, string>, over: Record<string, unknown> = {}) => {
  const checks = Object.entries(verdicts).map(([id, verdict]) => ({ id, verdict }))
  const report = { schema: 1, target: 'workspace/01-x', transport: 'process', seed: `s${minute}`, checks, ...over }
  return writeFile(path.join(folder, `2026-11-22T10-0${minute}-00.000Z.json`), JSON.stringify(report))
}
const known = async () =>
  Object.fromEntries((await own.all()).map(({ result, at, seed }) => [result.id, `${result.verdict} ${seed} ${at}`]))

test('nothing is known before anything ran', async () => {
  expect([await own.stamp(), await own.all()]).toEqual(['', []])
  await rm(folder, { recursive: true })
  expect([await own.stamp(), await own.all()]).toEqual(['', []])
})

test('of each check the newest verdict counts, with the time of its run', async () => {
  await keep(1, { C01: 'fail', C02: 'pass' })
  await keep(2, { C01: 'pass' })
  expect(await known()).toEqual({
    C01: 'pass s2 2026-11-22T10:02:00.000Z',
    C02: 'pass s1 2026-11-22T10:01:00.000Z',
  })
})

test('other folders, servers, shapes and files that were cut in half do not count', async () => {
  await keep(1, { C01: 'pass' })
  await keep(2, { C01: 'fail' }, { target: '/elsewhere' })
  await keep(3, { C01: 'fail' }, { target: 'http://127.0.0.1:3000' })
  await keep(4, { C01: 'fail' }, { schema: 2 })
  await writeFile(path.join(folder, '2026-11-22T10-05-00.000Z.json'), '{"schema": 1,')
  // One that is being written.
  await keep(6, { C01: 'fail' })
  await rename(
    path.join(folder, '2026-11-22T10-06-00.000Z.json'),
    path.join(folder, '2026-11-22T10-06-00.000Z.json.12.ab'),
  )
  expect(await known()).toEqual({ C01: 'pass s1 2026-11-22T10:01:00.000Z' })
})

test('a new result is seen, also by who asked while it was being kept', async () => {
  await keep(1, { C01: 'fail' })
  const before = await own.stamp()
  // As it is kept: the latest first, then the one with a date.
  await writeFile(path.join(folder, 'latest.json'), '{}')
  expect((await known()).C01).toContain('fail')
  await keep(2, { C01: 'pass' })
  expect(await own.stamp()).not.toBe(before)
  expect((await known()).C01).toContain('pass')
})
