/** Drafts of pages, taken into the copy and nowhere else. Nothing runs. */
import { writeFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { originFile } from './copy/places.ts'
import { type Draft, importDraft, readDraft } from './draft.ts'
import { type Course, makeCourse } from './fixtures/course.ts'
import { resetLab } from './reset.ts'
import { listSnapshots, restoreLab } from './snapshots.ts'
import { update } from './update.ts'

let c: Course
const routes = 'api/src/auth/routes.ts'
const policy = 'api/src/auth/policy.ts'

beforeEach(async () => {
  c = await makeCourse()
  vi.stubEnv('PATH', '/nonexistent')
  await resetLab(c.context, c.lab, undefined)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await c.remove()
})
const draftOf = (files: Record<string, string>, lab = 'L01'): Draft => ({ workbook: 1, lab, files })
const take = (files: Record<string, string>) => importDraft(c.context, c.lab, draftOf(files))
const snapshotNames = async () => (await listSnapshots(c.context, c.lab)).map((s) => s.name)

describe('a draft', () => {
  test('is written after a snapshot, and nothing else is touched', async () => {
    await c.put(policy, 'mine')
    await c.put(routes, 'mine too')
    const result = await take({ [routes]: 'of the page', 'api/src/new/file.ts': 'new' })
    expect(result).toMatchObject({
      changed: [routes, 'api/src/new/file.ts'],
      left: [],
      snapshot: { reason: 'draft' },
    })
    expect([await c.read(routes), await c.read('api/src/new/file.ts'), await c.read(policy)]).toEqual([
      'of the page',
      'new',
      'mine',
    ])
    await restoreLab(c.context, c.lab, result.snapshot?.name ?? '')
    expect(await c.read(routes)).toBe('mine too')
    expect(await c.read('api/src/new/file.ts')).toBeUndefined()
  })
  test('that is in the copy already changes nothing, and no snapshot is taken for it', async () => {
    await take({ [routes]: 'of the page' })
    const before = await snapshotNames()
    expect(await take({ [routes]: 'of the page' })).toEqual({ snapshot: undefined, changed: [], left: [] })
    expect(await snapshotNames()).toEqual(before)
  })
  test('counts as work of a person: an update of the course keeps it', async () => {
    await take({ [routes]: 'of the page' })
    await c.course(routes, 'newer')
    expect((await update(c.context, c.lab)).kept).toEqual([{ path: routes, why: 'you changed it' }])
  })
  test('is taken into a copy from before there were records, which stays without', async () => {
    await rm(originFile(c.context, c.lab))
    expect((await take({ [routes]: 'of the page' })).changed).toEqual([routes])
    expect((await update(c.context, c.lab)).unrecorded).toBe(true)
  })
  test('of another lab, or where there is no copy, or one of another track, is refused', async () => {
    await expect(importDraft(c.context, c.lab, draftOf({}, 'L03'))).rejects.toThrow('a draft of L03, not of L01')
    await resetLab(c.context, c.lab, 'fastapi')
    await expect(take({ [routes]: 'x' })).rejects.toThrow('your copy of L01 is of fastapi')
    await rm(c.mine, { recursive: true })
    await expect(take({ [routes]: 'x' })).rejects.toThrow('You have no copy of L01 yet')
  })
})

describe('writes inside of the copy alone', () => {
  const strange = [
    '../outside.ts',
    'api/src/../../../outside.ts',
    'api/src/./x.ts',
    '/etc/passwd',
    'api\\src\\x.ts',
    'api/src//x.ts',
    'api/src/',
    'api/src/.git/hooks/x',
    'api/src/x\0.ts',
    'api/package.json',
    'package.json',
    '.env',
    'data/.env',
    'api/node_modules/express/index.js',
    'C:/x.ts',
    `api/src/${'a'.repeat(200)}.ts`,
  ]
  test.each(strange)('%j is refused, before anything is written', async (name) => {
    await expect(take({ [routes]: 'x', [name]: 'x' })).rejects.toThrow('which no page can change')
    expect(await c.read(routes)).not.toBe('x')
    expect((await listSnapshots(c.context, c.lab)).filter((s) => s.reason === 'draft')).toEqual([])
  })
  test('writes through no link that leads out of the copy', async () => {
    const outside = path.join(c.root, 'outside')
    await mkdir(outside)
    await writeFile(path.join(outside, 'routes.ts'), 'not of the copy')
    await rm(path.join(c.mine, 'api/src/auth'), { recursive: true })
    await symlink(outside, path.join(c.mine, 'api/src/auth'))
    expect(await take({ [routes]: 'x', [policy]: 'x' })).toMatchObject({ changed: [], left: [policy, routes] })
    expect(await readdir(outside)).toEqual(['routes.ts'])
    expect(await readFile(path.join(outside, 'routes.ts'), 'utf8')).toBe('not of the copy')
  })
  test('leaves a file that somebody saves in that very moment', async () => {
    c.context.step = (name) => {
      if (name === 'journal') writeFileSync(path.join(c.mine, routes), 'saved just now')
    }
    expect((await take({ [routes]: 'of the page' })).left).toEqual([routes])
    expect(await c.read(routes)).toBe('saved just now')
  })
})

describe('a file of a draft', () => {
  const written = async (text: string) => {
    const file = path.join(c.root, 'draft.json')
    await writeFile(file, text)
    return readDraft(file)
  }
  test('is read', async () => {
    const draft = draftOf({ [routes]: 'x' })
    expect(await written(JSON.stringify(draft))).toEqual(draft)
  })
  test('that is none is refused with what is wrong', async () => {
    await expect(readDraft(path.join(c.root, 'none.json'))).rejects.toThrow('There is no file')
    await expect(written('{')).rejects.toThrow('is no JSON')
    await expect(written('{"workbook": 2, "lab": "L01", "files": {}}')).rejects.toThrow('is no draft of a page')
    await expect(written('{"workbook": 1, "lab": "L01", "files": {"a": 1}}')).rejects.toThrow('is no draft of a page')
  })
})
