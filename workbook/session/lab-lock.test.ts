/** Two commands at once on one lab. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Course, makeCourse } from './fixtures/course.ts'
import { LabBusy, withLabLock } from './lab-lock.ts'
import { startLab, stopLab } from './labs.ts'
import { resetLab } from './reset.ts'
import { restoreLab, takeSnapshot } from './snapshots.ts'
import { solve } from './solve.ts'
import { update } from './update.ts'

let c: Course
beforeEach(async () => {
  c = await makeCourse()
  vi.stubEnv('PATH', '/nonexistent')
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await c.remove()
})
const locks = () => path.join(c.context.places.state, 'locks')
const dead = { pid: 2_147_483_646, started: '1', what: 'reset', since: '2026-01-01T00:00:00.000Z' }
const hold = (holder: object) =>
  mkdir(locks(), { recursive: true }).then(() =>
    writeFile(path.join(locks(), `${c.lab.folder}.json`), JSON.stringify(holder)),
  )

test('the second is told who is at work, and changes nothing', async () => {
  await resetLab(c.context, c.lab, undefined)
  await c.put('a.txt', 'mine')
  let go = () => {}
  const first = withLabLock(c.context, c.lab, 'reset', () => new Promise<void>((resolve) => (go = resolve)))
  await vi.waitFor(async () => expect(await readdir(locks())).toEqual([`${c.lab.folder}.json`]))
  const others = [
    resetLab(c.context, c.lab, undefined),
    solve(c.context, c.lab, {}),
    update(c.context, c.lab),
    restoreLab(c.context, c.lab, 'x'),
    takeSnapshot(c.context, c.lab, undefined),
    startLab(c.context, c.lab, { runtime: 'process', track: undefined }),
    stopLab(c.context, c.lab),
  ]
  for (const other of await Promise.allSettled(others)) {
    const error: unknown = other.status === 'rejected' ? other.reason : other.value
    expect(error).toBeInstanceOf(LabBusy)
    expect((error as Error).message).toMatch(
      new RegExp(`^Another command is at work on L01: reset, since [\\d:]{8} UTC \\(pid ${process.pid}\\)\\.$`),
    )
  }
  expect(await c.read('a.txt')).toBe('mine')
  go()
  await first
  expect(await readdir(locks())).toEqual([])
})
test('a lock of a process that is gone is taken over', async () => {
  const child = spawn(process.execPath, ['-e', ''])
  await new Promise((resolve) => child.once('exit', resolve))
  await hold({ pid: child.pid, started: '1', what: 'reset', since: '2026-01-01T00:00:00.000Z' })
  expect(await withLabLock(c.context, c.lab, 'solve', async () => 'done')).toBe('done')
})
test('so is one whose pid the system gave to somebody else since', async () => {
  await hold({ pid: process.pid, started: '1', what: 'reset', since: '2026-01-01T00:00:00.000Z' })
  expect(await withLabLock(c.context, c.lab, 'solve', async () => 'done')).toBe('done')
})
test('of many that find a dead lock, one at a time works', async () => {
  let [inside, most, did] = [0, 0, 0]
  const work = async () => {
    most = Math.max(most, ++inside)
    did++
    await new Promise((resolve) => setTimeout(resolve, 5))
    inside--
  }
  for (let round = 1; round <= 20; round++) {
    await hold(dead)
    await Promise.allSettled(Array.from({ length: 20 }, () => withLabLock(c.context, c.lab, 'solve', work)))
    expect(most).toBe(1)
    expect(did).toBeGreaterThanOrEqual(round)
    expect(await readdir(locks())).toEqual([])
  }
})
test('whoever was killed while he took a dead lock away stops nobody', async () => {
  await hold(dead)
  const [lock = ''] = await readdir(locks())
  const text = JSON.stringify(dead)
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16)
  await writeFile(path.join(locks(), `${lock}.dead-${digest}`), text)
  expect(await withLabLock(c.context, c.lab, 'solve', async () => 'done')).toBe('done')
  expect(await readdir(locks())).toEqual([])
})
test('is free again after a failure', async () => {
  await expect(withLabLock(c.context, c.lab, 'solve', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await withLabLock(c.context, c.lab, 'solve', async () => 'done')).toBe('done')
})
