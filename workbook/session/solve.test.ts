/** The solution over the copy, a course that changed under it, and the two compared. Nothing runs. */
import { writeFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { originFile } from './copy/places.ts'
import { diffOf } from './diff.ts'
import { type Course, makeCourse } from './fixtures/course.ts'
import { resetLab } from './reset.ts'
import { listSnapshots, restoreLab } from './snapshots.ts'
import { solve } from './solve.ts'
import { filesBehind, update } from './update.ts'

let c: Course
const routes = 'api/src/auth/routes.ts'
const throttle = 'api/src/auth/throttle.ts'
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
const solution = (file: string) => readFile(path.join(c.root, 'solutions/01-password-login/express', file), 'utf8')
const snapshotNames = async () => (await listSnapshots(c.context, c.lab)).map((s) => s.name)

describe('solve', () => {
  test('one file: that one alone, after a snapshot', async () => {
    await c.put(routes, 'mine')
    const starter = await c.read(policy)
    const result = await solve(c.context, c.lab, { files: [routes] })
    expect(result).toMatchObject({ changed: [routes], left: [], running: undefined, snapshot: { reason: 'solve' } })
    expect(await c.read(routes)).toBe(await solution(routes))
    expect(await c.read(policy)).toBe(starter)
    await restoreLab(c.context, c.lab, result.snapshot?.name ?? '')
    expect(await c.read(routes)).toBe('mine')
  })
  test('all: the solution, beside what a person made, which stays', async () => {
    await c.put('notes.md', 'a thought')
    await c.put('api/node_modules/x/index.js', 'installed')
    const same = await stat(path.join(c.mine, 'api/src/server.ts'))
    const result = await solve(c.context, c.lab, {})
    expect(result.changed).toContain(throttle)
    const left = await diffOf(c.context, c.lab, { between: 'mine-solution' })
    expect(left.files).toMatchObject([{ path: 'notes.md', status: 'removed' }])
    expect(await c.read('notes.md')).toBe('a thought')
    expect(await c.read('api/node_modules/x/index.js')).toBe('installed')
    // Not even written with the same content: a watcher would see it.
    expect((await stat(path.join(c.mine, 'api/src/server.ts'))).ino).toBe(same.ino)
    expect((await stat(path.join(c.mine, 'api/src/server.ts'))).mtimeMs).toBe(same.mtimeMs)
  })
  test('mends a course.json that cannot be read', async () => {
    await c.put('course.json', '{"lab": ')
    expect((await solve(c.context, c.lab, { files: ['course.json'] })).changed).toEqual(['course.json'])
    expect(JSON.parse((await c.read('course.json')) ?? '')).toMatchObject({ lab: 'L01', track: 'express' })
  })
  test('again: nothing to do, and no snapshot for it', async () => {
    await solve(c.context, c.lab, {})
    const before = await snapshotNames()
    expect(await solve(c.context, c.lab, {})).toMatchObject({ snapshot: undefined, changed: [] })
    expect(await snapshotNames()).toEqual(before)
  })
  test('takes away what the solution took away from the starter', async () => {
    await writeFile(path.join(c.root, 'solutions/01-password-login/express/.remove'), 'data/blocklist.txt\n')
    const result = await solve(c.context, c.lab, { files: ['data/blocklist.txt'] })
    expect(result.changed).toEqual(['data/blocklist.txt'])
    expect(await c.read('data/blocklist.txt')).toBeUndefined()
  })
  test('a file that the solution does not have: what was meant', async () => {
    await expect(solve(c.context, c.lab, { files: ['api/src/auth/route.ts'] })).rejects.toThrow(
      'The solution has no file "api/src/auth/route.ts". Did you mean api/src/auth/routes.ts?',
    )
    await expect(solve(c.context, c.lab, { files: ['../../../etc/passwd'] })).rejects.toThrow('has no file')
    expect(await snapshotNames()).toEqual([])
  })
  test('writes through no link that leads out of the copy', async () => {
    const outside = path.join(c.root, 'outside')
    await mkdir(outside)
    await writeFile(path.join(outside, 'routes.ts'), 'not of the copy')
    await rm(path.join(c.mine, 'api/src/auth'), { recursive: true })
    await symlink(outside, path.join(c.mine, 'api/src/auth'))
    const result = await solve(c.context, c.lab, {})
    expect(result.left).toEqual(expect.arrayContaining([routes, throttle]))
    expect(await readdir(outside)).toEqual(['routes.ts'])
    expect(await readFile(path.join(outside, 'routes.ts'), 'utf8')).toBe('not of the copy')
  })
  test('leaves a file that somebody saves in that very moment', async () => {
    c.context.step = (name) => {
      if (name === 'journal') writeFileSync(path.join(c.mine, routes), 'saved just now')
    }
    const result = await solve(c.context, c.lab, {})
    expect(result.left).toEqual([routes])
    expect(await c.read(routes)).toBe('saved just now')
  })
})

describe('a course that changed', () => {
  test('is not said to have, when it has not', async () => {
    expect(await filesBehind(c.context, c.lab)).toBe(0)
    await c.put(routes, 'mine')
    expect(await filesBehind(c.context, c.lab)).toBe(0)
    expect(await update(c.context, c.lab)).toMatchObject({ snapshot: undefined, replaced: [], kept: [] })
  })
  test('comes in where the copy is untouched; what a person changed is kept and listed', async () => {
    await c.put(routes, 'mine')
    await c.course(routes, 'newer')
    await c.course(policy, 'newer')
    await c.course('api/src/new.ts', 'new')
    await rm(path.join(c.lab.dir, 'starter/express/api/README.md'))
    expect(await filesBehind(c.context, c.lab)).toBe(4)
    const result = await update(c.context, c.lab)
    expect(result).toMatchObject({
      snapshot: { reason: 'update' },
      replaced: [policy],
      added: ['api/src/new.ts'],
      removed: ['api/README.md'],
      kept: [{ path: routes, why: 'you changed it' }],
      unrecorded: false,
    })
    expect([await c.read(routes), await c.read(policy), await c.read('api/src/new.ts')]).toEqual([
      'mine',
      'newer',
      'new',
    ])
    expect(await c.read('api/README.md')).toBeUndefined()
    // Told once: the person has seen the list.
    expect(await filesBehind(c.context, c.lab)).toBe(0)
    await restoreLab(c.context, c.lab, result.snapshot?.name ?? '')
    expect(await c.read('api/README.md')).toBeDefined()
    expect(await filesBehind(c.context, c.lab)).toBe(4)
  })
  test('does not bring back what a person removed, nor write over what they made', async () => {
    await rm(path.join(c.mine, policy))
    await c.put('api/src/new.ts', 'mine')
    await c.course(policy, 'newer')
    await c.course('api/src/new.ts', 'of the course')
    const result = await update(c.context, c.lab)
    expect(result.snapshot).toBeUndefined()
    expect(result.kept).toEqual([
      { path: policy, why: 'you removed it' },
      { path: 'api/src/new.ts', why: 'you made one of your own' },
    ])
    expect(await c.read(policy)).toBeUndefined()
    expect(await c.read('api/src/new.ts')).toBe('mine')
  })
  test('a solved file follows the solution, and the rest the starter', async () => {
    await solve(c.context, c.lab, { files: [routes] })
    await c.course(routes, 'newer starter')
    expect(await filesBehind(c.context, c.lab)).toBe(0)
    await writeFile(path.join(c.root, 'solutions/01-password-login/express', routes), 'newer solution')
    await c.course(policy, 'newer starter')
    expect((await update(c.context, c.lab)).replaced).toEqual([policy, routes].sort())
    expect([await c.read(routes), await c.read(policy)]).toEqual(['newer solution', 'newer starter'])
  })
  test('under a copy from before there were records: nothing that differs is touched', async () => {
    await rm(originFile(c.context, c.lab))
    await c.course(policy, 'newer')
    expect(await filesBehind(c.context, c.lab)).toBe(0)
    const result = await update(c.context, c.lab)
    expect(result).toMatchObject({ unrecorded: true, snapshot: undefined, kept: [{ path: policy }] })
    await c.course(policy, 'newest')
    expect(await filesBehind(c.context, c.lab)).toBe(1)
  })
})

describe('a diff', () => {
  test('of mine and the starter: what I changed', async () => {
    const before = await c.read(policy)
    await c.put(policy, `// mine\n${before}`)
    await c.put('api/src/mine.ts', 'mine\n')
    await c.put('api/node_modules/x.js', 'installed')
    await c.put('api/dist/x.js', 'built')
    await c.put('.env', 'SECRET=1')
    await rm(path.join(c.mine, 'api/README.md'))
    const diff = await diffOf(c.context, c.lab, { between: 'mine-starter' })
    expect(diff).toMatchObject({ lab: 'L01', track: 'express', from: 'starter', to: 'mine' })
    expect(diff.files.map((f) => [f.status, f.path, f.plus, f.minus > 0])).toEqual([
      ['removed', 'api/README.md', 0, true],
      ['changed', policy, 1, false],
      ['added', 'api/src/mine.ts', 1, false],
    ])
    expect(diff.files[1]?.text).toContain(`--- starter/${policy}\n+++ mine/${policy}\n@@ -1,3 +1,4 @@\n+// mine\n`)
    expect(diff.same).toBeGreaterThan(20)
  })
  test('of one file; of one that neither has', async () => {
    const diff = await diffOf(c.context, c.lab, { between: 'starter-solution', file: throttle })
    expect(diff.files).toMatchObject([{ path: throttle, status: 'added' }])
    await expect(diffOf(c.context, c.lab, { between: 'mine-starter', file: 'api/src/servr.ts' })).rejects.toThrow(
      'Did you mean api/src/server.ts?',
    )
  })
  test('says of links, binary and huge files that they differ, without text', async () => {
    await c.put(policy, 'a\0b')
    await c.put('big.txt', 'x\n'.repeat(300_000))
    await symlink('/etc/passwd', path.join(c.mine, 'link'))
    const diff = await diffOf(c.context, c.lab, { between: 'mine-starter' })
    expect(diff.files.map(({ path: file, why, text }) => [file, why, text])).toEqual([
      [policy, 'binary', undefined],
      ['big.txt', 'too large', undefined],
      ['link', 'no plain file', undefined],
    ])
  })
})
