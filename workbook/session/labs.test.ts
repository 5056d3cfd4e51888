/** The learner's copy: made, reset, restored, exported. Nothing runs. */
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { findLab, type Lab } from '../catalog/index.ts'
import { selfId } from '../stack/child.ts'
import type { Context } from './context.ts'
import { exportLab, listSnapshots, resetLab, restoreLab } from './labs.ts'
import { UsageError } from './usage.ts'

const checkout = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..')
let root: string
let lab: Lab
let context: Context
let mine: string
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'labs-'))
  for (const name of ['labs', 'solutions']) await symlink(path.join(checkout, name), path.join(root, name))
  await mkdir(path.join(root, 'workspace'))
  lab = await findLab(root, 'L01')
  mine = path.join(root, 'workspace', lab.folder)
  const places = { root, state: path.join(root, '.workbook'), shared: path.join(root, 'shared') }
  context = { root, places, self: await selfId(), signal: new AbortController().signal, progress: () => {} }
  // No Docker: nothing here is about a stack that runs.
  vi.stubEnv('PATH', '/nonexistent')
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(root, { recursive: true })
})
const put = async (file: string, text: string) => {
  await mkdir(path.dirname(path.join(mine, file)), { recursive: true })
  await writeFile(path.join(mine, file), text)
}
const read = (...parts: string[]) => readFile(path.join(...parts), 'utf8')

describe('a reset', () => {
  test('of a copy that there is not makes the starter, and no snapshot', async () => {
    expect(await resetLab(context, lab, undefined)).toBeUndefined()
    expect(await readdir(mine)).toContain('compose.yaml')
    expect(await listSnapshots(context, lab)).toEqual([])
  })
  test('puts the starter back and keeps what a person wrote', async () => {
    await resetLab(context, lab, undefined)
    const starter = await read(mine, 'api/src/auth/routes.ts')
    await put('api/src/auth/routes.ts', 'mine')
    await put('notes/today.md', 'a thought')
    const kept = await resetLab(context, lab, undefined)
    expect(await read(mine, 'api/src/auth/routes.ts')).toBe(starter)
    expect(await readdir(mine)).not.toContain('notes')
    expect(await read(kept ?? '', 'api/src/auth/routes.ts')).toBe('mine')
    expect(await read(kept ?? '', 'notes/today.md')).toBe('a thought')
    expect(await readdir(path.dirname(mine))).toEqual(['.snapshots', lab.folder])
  })
  test('loses neither the history nor the built files of the learner’s own repository', async () => {
    await resetLab(context, lab, undefined)
    await put('.git/HEAD', 'ref: refs/heads/main')
    await put('api/dist/server.js', 'built by hand')
    const kept = await resetLab(context, lab, undefined)
    const somewhere = async (file: string) =>
      (await read(mine, file).catch(() => undefined)) ?? (await read(kept ?? '', file).catch(() => undefined))
    expect(await somewhere('.git/HEAD')).toBe('ref: refs/heads/main')
    expect(await somewhere('api/dist/server.js')).toBe('built by hand')
  })
})

describe('a snapshot', () => {
  test('is put back, and what it replaces is kept too', async () => {
    await resetLab(context, lab, undefined)
    await put('a.txt', 'first')
    const first = path.basename((await resetLab(context, lab, undefined)) ?? '')
    await put('a.txt', 'second')
    const second = await restoreLab(context, lab, first)
    expect(await read(mine, 'a.txt')).toBe('first')
    expect(await read(second, 'a.txt')).toBe('second')
    expect(await listSnapshots(context, lab)).toEqual([first, path.basename(second)].sort())
  })
  test('that there is not is named with those that there are', async () => {
    await expect(restoreLab(context, lab, '2020')).rejects.toThrow(UsageError)
    await expect(restoreLab(context, lab, '2020')).rejects.toThrow('L01 has no snapshot "2020". There are: none.')
  })
})

describe('an export', () => {
  test('writes a whole workspace into a new folder', async () => {
    const to = path.join(root, 'out')
    const count = await exportLab(context, lab, 'solution', undefined, to)
    expect(count).toBeGreaterThan(20)
    expect(await readdir(to)).toContain('compose.yaml')
  })
  test('touches no folder that holds something', async () => {
    const to = path.join(root, 'out')
    await mkdir(to)
    await writeFile(path.join(to, 'mine.txt'), 'mine')
    await expect(exportLab(context, lab, 'solution', undefined, to)).rejects.toThrow(/is not empty/)
    expect(await readdir(to)).toEqual(['mine.txt'])
  })
  test('of a track that the lab does not have', async () => {
    await expect(exportLab(context, lab, 'solution', 'fastapi', path.join(root, 'out'))).rejects.toThrow(UsageError)
  })
})
