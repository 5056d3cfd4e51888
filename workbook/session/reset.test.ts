/** The learner's copy: made, reset, taken to another track, restored, exported. Nothing runs. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { findLab } from '../catalog/index.ts'
import { diffOf } from './diff.ts'
import { exportLab } from './export.ts'
import { type Course, makeCourse } from './fixtures/course.ts'
import { ensureCopy, resetFromMine, resetLab } from './reset.ts'
import { listSnapshots, restoreLab, type Snapshot, takeSnapshot } from './snapshots.ts'
import { filesBehind } from './update.ts'
import { UsageError } from './usage.ts'

let c: Course
beforeEach(async () => {
  c = await makeCourse()
  // No Docker: nothing here is about a stack that runs.
  vi.stubEnv('PATH', '/nonexistent')
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await c.remove()
})
const reset = () => resetLab(c.context, c.lab, undefined)
const kept = (snapshot: Snapshot | undefined, file: string) =>
  readFile(path.join(c.root, 'workspace', '.snapshots', c.lab.folder, snapshot?.name ?? '', file), 'utf8')

describe('a reset', () => {
  test('of a copy that there is not makes the starter, and no snapshot', async () => {
    expect(await reset()).toBeUndefined()
    expect(await readdir(c.mine)).toContain('compose.yaml')
    expect(await listSnapshots(c.context, c.lab)).toEqual([])
  })
  test('puts the starter back and keeps what a person wrote', async () => {
    await reset()
    const starter = await c.read('api/src/auth/routes.ts')
    await c.put('api/src/auth/routes.ts', 'mine')
    await c.put('notes/today.md', 'a thought')
    const snapshot = await reset()
    expect(await c.read('api/src/auth/routes.ts')).toBe(starter)
    expect(await readdir(c.mine)).not.toContain('notes')
    expect(await kept(snapshot, 'api/src/auth/routes.ts')).toBe('mine')
    expect(await kept(snapshot, 'notes/today.md')).toBe('a thought')
    expect(await readdir(path.dirname(c.mine))).toEqual(['.meta', '.snapshots', c.lab.folder])
    expect(await readdir(path.join(c.root, 'workspace', '.meta', c.lab.folder))).toEqual(['origin.json'])
  })
  test('keeps what an editor saves into the path while the copy is away', async () => {
    await reset()
    c.context.step = (name) => {
      if (name !== 'moved away') return
      mkdirSync(c.mine)
      writeFileSync(path.join(c.mine, 'late.txt'), 'saved late')
    }
    await reset()
    expect(await c.read('compose.yaml')).toBeDefined()
    expect(await c.read('late.txt')).toBeUndefined()
    const late = (await listSnapshots(c.context, c.lab)).find((s) => s.reason === 'repair')
    expect(await kept(late, 'late.txt')).toBe('saved late')
    expect(c.told.join()).toContain(`restore L01 ${late?.name}`)
  })
  test('loses neither the history nor the built files of the learner’s own repository', async () => {
    await reset()
    await c.put('.git/HEAD', 'ref: refs/heads/main')
    await c.put('api/dist/server.js', 'built by hand')
    const snapshot = await reset()
    const somewhere = async (file: string) => (await c.read(file)) ?? (await kept(snapshot, file))
    expect(await somewhere('.git/HEAD')).toBe('ref: refs/heads/main')
    expect(await somewhere('api/dist/server.js')).toBe('built by hand')
  })
})

describe('another track', () => {
  beforeEach(async () => {
    const yaml = path.join(c.lab.dir, 'lab.yaml')
    await writeFile(yaml, (await readFile(yaml, 'utf8')).replace(/^tracks: .*$/m, 'tracks: [express, fastapi]'))
    for (const dir of [
      'labs/depot/fastapi',
      'solutions/01-password-login/fastapi',
      'labs/01-password-login/starter/fastapi',
    ])
      await rm(path.join(c.root, dir), { recursive: true })
    await mkdir(path.join(c.root, 'labs/depot/fastapi/api'), { recursive: true })
    await writeFile(path.join(c.root, 'labs/depot/fastapi/api/main.py'), 'app = None\n')
    await cp(path.join(c.root, 'labs/depot/fastapi'), path.join(c.lab.dir, 'starter/fastapi'), { recursive: true })
    await writeFile(path.join(c.lab.dir, 'starter/fastapi/course.json'), '{"lab": "L01", "track": "fastapi"}\n')
    c.lab = await findLab(c.root, 'L01')
    await reset()
    await c.put('api/src/mine.ts', 'mine')
  })
  test('takes the place of the copy, which is kept, and can be taken back', async () => {
    const { created, replaced } = await ensureCopy(c.context, c.lab, 'fastapi')
    expect(created).toBe(true)
    expect(replaced).toMatchObject({ reason: 'track', track: 'express' })
    expect(await c.read('api/main.py')).toBe('app = None\n')
    expect(await c.read('api/src/mine.ts')).toBeUndefined()
    // It has no solution: nothing that can do without one asks for it.
    expect(await filesBehind(c.context, c.lab)).toBe(0)
    expect((await diffOf(c.context, c.lab, { between: 'mine-starter' })).files).toEqual([])
    await restoreLab(c.context, c.lab, replaced?.name ?? '')
    expect(await c.read('api/src/mine.ts')).toBe('mine')
    expect(await ensureCopy(c.context, c.lab, 'express')).toEqual({ created: false, replaced: undefined })
  })
  test('comes with a reset too', async () => {
    expect(await resetLab(c.context, c.lab, 'fastapi')).toMatchObject({ reason: 'track' })
    expect(await resetLab(c.context, c.lab, undefined)).toMatchObject({ reason: 'reset', track: 'fastapi' })
    expect(await c.read('api/main.py')).toBe('app = None\n')
  })
  test('that the lab does not have changes nothing', async () => {
    c.lab.tracks = ['express']
    await expect(ensureCopy(c.context, c.lab, 'fastapi')).rejects.toThrow(
      'L01 has no track fastapi yet. It has: express.',
    )
    expect(await c.read('api/src/mine.ts')).toBe('mine')
    expect(await listSnapshots(c.context, c.lab)).toEqual([])
  })
})

describe('a snapshot', () => {
  test('is put back, and what it replaces is kept too', async () => {
    await reset()
    await c.put('a.txt', 'first')
    const first = await reset()
    await c.put('a.txt', 'second')
    const second = await restoreLab(c.context, c.lab, first?.name ?? '')
    expect(await c.read('a.txt')).toBe('first')
    expect(await kept(second, 'a.txt')).toBe('second')
    expect((await listSnapshots(c.context, c.lab)).map((s) => s.reason)).toEqual(['reset', 'restore'])
  })
  test('taken by hand leaves the copy as it is, and says what it holds', async () => {
    await reset()
    await c.put('.git/HEAD', 'ref: refs/heads/main')
    await c.put('api/.env', 'SECRET=1')
    await c.put('api/node_modules/x/index.js', 'installed')
    const before = await listSnapshots(c.context, c.lab)
    const taken = await takeSnapshot(c.context, c.lab, 'before the throttle')
    expect(before).toEqual([])
    expect(await listSnapshots(c.context, c.lab)).toEqual([taken])
    expect(taken).toMatchObject({ reason: 'hand', note: 'before the throttle', track: 'express' })
    expect(taken.files).toBeGreaterThan(20)
    expect(await kept(taken, '.git/HEAD')).toBe('ref: refs/heads/main')
    expect(await kept(taken, 'api/.env')).toBe('SECRET=1')
    await expect(kept(taken, 'api/node_modules/x/index.js')).rejects.toThrow('ENOENT')
    expect(await c.read('api/node_modules/x/index.js')).toBe('installed')
  })
  test('from before there were records is listed and can be put back', async () => {
    await reset()
    const folder = path.join(c.root, 'workspace', '.snapshots', c.lab.folder)
    await cp(c.mine, path.join(folder, '2026-01-02T03-04-05.678'), { recursive: true })
    await writeFile(path.join(folder, '2026-01-02T03-04-05.678', 'old.txt'), 'old')
    expect(await listSnapshots(c.context, c.lab)).toMatchObject([
      { name: '2026-01-02T03-04-05.678', time: '2026-01-02T03:04:05.678Z', reason: 'unknown' },
    ])
    await restoreLab(c.context, c.lab, '2026-01-02T03-04-05.678')
    expect(await c.read('old.txt')).toBe('old')
  })
  test('that there is not is named with those that there are', async () => {
    await expect(restoreLab(c.context, c.lab, '2020')).rejects.toThrow(UsageError)
    await expect(restoreLab(c.context, c.lab, '2020')).rejects.toThrow('L01 has no snapshot "2020". There are: none.')
  })
  test('brings the copy back where somebody removed it', async () => {
    await reset()
    await c.put('a.txt', 'first')
    const taken = await takeSnapshot(c.context, c.lab, undefined)
    await rm(c.mine, { recursive: true })
    await expect(takeSnapshot(c.context, c.lab, undefined)).rejects.toThrow('You have no copy of L01 yet')
    expect(await restoreLab(c.context, c.lab, taken.name)).toBeUndefined()
    expect(await c.read('a.txt')).toBe('first')
  })
})

describe('an export', () => {
  test('writes a whole workspace into a new folder', async () => {
    const to = path.join(c.root, 'out')
    const count = await exportLab(c.context, c.lab, 'solution', undefined, to)
    expect(count).toBeGreaterThan(20)
    expect(await readdir(to)).toContain('compose.yaml')
  })
  test('touches no folder that holds something', async () => {
    const to = path.join(c.root, 'out')
    await mkdir(to)
    await writeFile(path.join(to, 'mine.txt'), 'mine')
    await expect(exportLab(c.context, c.lab, 'solution', undefined, to)).rejects.toThrow(/is not empty/)
    expect(await readdir(to)).toEqual(['mine.txt'])
  })
  test('of a track that the lab does not have', async () => {
    c.lab.tracks = ['express']
    await expect(exportLab(c.context, c.lab, 'solution', 'fastapi', path.join(c.root, 'out'))).rejects.toThrow(
      UsageError,
    )
  })
})

describe('from one’s own work of the lab before', () => {
  const second = async () => {
    const dir = path.join(c.root, 'labs/02-second')
    const yaml = await readFile(path.join(c.lab.dir, 'lab.yaml'), 'utf8')
    await mkdir(path.join(dir, 'starter/express/api/src/auth'), { recursive: true })
    await writeFile(
      path.join(dir, 'lab.yaml'),
      yaml.replace('id: L01', 'id: L02\nafter: [L01]').replace('slug: password-login', 'slug: second'),
    )
    await writeFile(path.join(dir, 'starter/express/api/src/auth/sessions.ts'), 'the starter of L02')
    return findLab(c.root, 'L02')
  }
  const file = (name: string) => readFile(path.join(c.root, 'workspace/02-second', name), 'utf8')

  test('a new copy has the files of one’s own, and says which the lab brings itself', async () => {
    const lab = await second()
    await reset()
    await c.put('api/src/auth/routes.ts', 'mine')
    await c.put('api/src/auth/sessions.ts', 'mine too')
    await c.put('api/node_modules/x/index.js', 'installed')
    const { carried, created } = await ensureCopy(c.context, lab, undefined, true)
    expect(created).toBe(true)
    expect(carried).toMatchObject({ from: 'L01', conflicts: ['api/src/auth/sessions.ts'] })
    expect(carried?.mine).toContain('api/src/auth/routes.ts')
    expect(await file('api/src/auth/routes.ts')).toBe('mine')
    expect(await file('api/src/auth/sessions.ts')).toBe('the starter of L02')
    expect(await file('compose.yaml')).toContain('name: depot-l02')
    // What the learner did not solve is not solved for them.
    await expect(file('api/src/auth/throttle.ts')).rejects.toThrow('ENOENT')
    await expect(file('api/node_modules/x/index.js')).rejects.toThrow('ENOENT')
  })
  test('nothing is laid over a copy that is there; a reset keeps it first', async () => {
    const lab = await second()
    await reset()
    await ensureCopy(c.context, lab, undefined)
    expect(await file('api/src/auth/throttle.ts')).toContain('createThrottle')
    await expect(ensureCopy(c.context, lab, undefined, true)).rejects.toThrow('reset L02 --from-mine')
    const { replaced, carried } = await resetFromMine(c.context, lab, undefined)
    expect([replaced?.reason, carried?.from]).toEqual(['reset', 'L01'])
    await expect(file('api/src/auth/throttle.ts')).rejects.toThrow('ENOENT')
  })
  test('without a lab before, or a copy of it, there is nothing to go on from', async () => {
    await expect(ensureCopy(c.context, c.lab, undefined, true)).rejects.toThrow('L01 goes on from no other lab')
    await expect(ensureCopy(c.context, await second(), undefined, true)).rejects.toThrow('You have no copy of L01')
  })
})
