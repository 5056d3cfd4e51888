/**
 * A command that is killed by SIGKILL, before each of its steps and at random moments: nothing that a person wrote is lost, every file can be
 * read, and the next command leaves the old copy or the new one, whole.
 * `WORKBOOK_KILLS=100` kills that often at random moments instead of 12 times.
 */
import { spawn } from 'node:child_process'
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { findLab } from '../catalog/index.ts'
import { filesOf } from '../stack/files.ts'
import { type Context, workspaceOf } from './context.ts'
import { recover } from './copy/recover.ts'
import { contextIn, makeCourse } from './fixtures/course.ts'
import { withLabLock } from './lab-lock.ts'
import { ensureCopy, resetLab } from './reset.ts'
import { listSnapshots, takeSnapshot } from './snapshots.ts'

const program = path.join(path.dirname(fileURLToPath(import.meta.url)), 'fixtures', 'kill.ts')
const actions = ['reset', 'solve', 'restore', 'update', 'import-draft'] as const
type Action = (typeof actions)[number]
const KILLS = Number(process.env.WORKBOOK_KILLS ?? 12)

/** A checkout whose copy a person has worked in, whose course changed since, and which has one snapshot. Made once, copied for each run. */
let model: string
const made: string[] = []
/** What the copy is after each action, undisturbed, and how long that took, ms. */
const after = {} as Record<Action, { state: string; ms: number }>
let before: string

beforeAll(async () => {
  vi.stubEnv('PATH', '/nonexistent')
  const c = await makeCourse()
  model = c.root
  await resetLab(c.context, c.lab, undefined)
  await c.put('snapped.md', 'in the snapshot')
  await takeSnapshot(c.context, c.lab, 'of the model')
  await c.put('api/src/auth/routes.ts', 'mine, and nobody else has it')
  await c.put('notes/today.md', 'a thought')
  await c.put('.git/HEAD', 'ref: refs/heads/main')
  for (const name of ['password.ts', 'policy.ts', 'new.ts']) await c.course(`api/src/auth/${name}`, `newer ${name}`)
  before = await stateOf(c.mine)
  for (const action of actions) {
    const root = await copyOfModel()
    const run = await runAction(root, action)
    expect(run.code, action).toBe(0)
    after[action] = { state: await stateOf(await mineOf(root)), ms: run.ms }
    expect(after[action].state, action).not.toBe(before)
  }
}, 60_000)
afterEach(() => Promise.all(made.splice(0).map((dir) => rm(dir, { recursive: true, force: true }))))
afterAll(async () => {
  vi.unstubAllEnvs()
  await rm(model, { recursive: true, force: true })
})

async function copyOfModel(): Promise<string> {
  const root = await mkdtemp(path.join(tmpdir(), 'killed-'))
  made.push(root)
  await cp(model, root, { recursive: true, filter: (source) => path.basename(source) !== '.compile-cache' })
  return root
}
const mineOf = async (root: string) => workspaceOf(root, await findLab(root, 'L01'))

/** Every file with its content, as one text; the history is part of it. */
async function stateOf(dir: string): Promise<string> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  const files = entries.filter((e) => e.isFile()).map((e) => path.join(e.parentPath, e.name))
  const texts = await Promise.all(
    files.sort().map(async (f) => `${path.relative(dir, f)}\n${await readFile(f, 'utf8')}`),
  )
  return texts.join('\n---\n')
}

interface Run {
  code: number | null
  signal: NodeJS.Signals | null
  /** From its beginning, programs loaded, to its end. */
  ms: number
}

/** @param kill number of the step before which it ends itself, or milliseconds after which it is ended */
function runAction(
  root: string,
  action: Action,
  kill: { step: number } | { ms: number } | undefined = undefined,
): Promise<Run> {
  const step = kill !== undefined && 'step' in kill ? [String(kill.step)] : []
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, root, action, ...step], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_COMPILE_CACHE: path.join(model, '.compile-cache') },
  })
  return new Promise((resolve, reject) => {
    let begun = 0
    child.on('error', reject)
    child.stdout.once('data', () => {
      begun = performance.now()
      if (kill !== undefined && 'ms' in kill) setTimeout(() => child.kill('SIGKILL'), kill.ms)
    })
    child.on('exit', (code, signal) => resolve({ code, signal, ms: performance.now() - begun }))
  })
}

/** Looks at what a killed command left, lets the next command come, and looks again. */
async function expectNothingLost(root: string, action: Action): Promise<void> {
  const context = await contextIn(root)
  const lab = await findLab(root, 'L01')
  await expectEverywhere(root)
  await takeSnapshot(context, lab, 'the next command')
  await expectEverywhere(root)
  const now = await stateOf(workspaceOf(root, lab))
  expect([before, after[action].state].indexOf(now), 'the old copy or the new one, whole').toBeGreaterThanOrEqual(0)
  await expectInOrder(context)
}

/** What a person wrote lies in the copy or in a snapshot. */
async function expectEverywhere(root: string): Promise<void> {
  const all = await stateOf(path.join(root, 'workspace'))
  for (const text of ['mine, and nobody else has it', 'a thought', 'ref: refs/heads/main', 'in the snapshot'])
    expect(all).toContain(text)
}

/** Nothing half made is left, and every snapshot holds as many files as its record says. */
async function expectInOrder(context: Context): Promise<void> {
  const lab = await findLab(context.root, 'L01')
  const workspace = path.join(context.root, 'workspace')
  expect((await readdir(workspace)).sort()).toEqual(['.meta', '.snapshots', lab.folder])
  expect(await readdir(path.join(workspace, '.meta', lab.folder))).toEqual(['origin.json'])
  expect(await readdir(path.join(context.places.state, 'locks'))).toEqual([])
  const folder = path.join(workspace, '.snapshots', lab.folder)
  const snapshots = await listSnapshots(context, lab)
  expect((await readdir(folder)).sort()).toEqual(snapshots.flatMap((s) => [s.name, `${s.name}.json`]).sort())
  for (const snapshot of snapshots) {
    expect(snapshot.reason).not.toBe('unknown')
    expect(await filesOf(path.join(folder, snapshot.name))).toHaveLength(snapshot.files)
  }
}

describe.each(actions)('%s', (action) => {
  test('killed before each of its steps', { timeout: 180_000 }, async () => {
    let step = 1
    for (; ; step++) {
      const root = await copyOfModel()
      const run = await runAction(root, action, { step })
      if (run.signal === null) break
      expect(run.signal).toBe('SIGKILL')
      await expectNothingLost(root, action)
      await rm(root, { recursive: true })
    }
    // The copy away, the new one in, the record: there are more steps than these in every action.
    expect(step).toBeGreaterThan(6)
  })

  test('killed at random moments', { timeout: 60_000 + KILLS * 4_000 }, async () => {
    const wanted = Math.ceil(KILLS / actions.length)
    let [killed, within] = [0, after[action].ms]
    for (let n = 0; killed < wanted && n < 5 * wanted + 10; n++) {
      const root = await copyOfModel()
      const ms = Math.random() * within
      const run = await runAction(root, action, { ms })
      if (run.signal === 'SIGKILL') killed++
      // It was faster than when it was measured: this kill came too late, the next ones come earlier.
      else within = Math.min(within, run.ms)
      // Every other time what repairs it is killed too.
      if (n % 2 === 1) await runAction(root, action, { ms: Math.random() * after[action].ms })
      try {
        await expectNothingLost(root, action)
      } catch (error) {
        throw new Error(`${action}, killed after ${ms.toFixed(1)} ms`, { cause: error })
      }
      await rm(root, { recursive: true })
    }
    expect(killed).toBe(wanted)
  })
})

test('the first start, killed before each of its steps', { timeout: 120_000 }, async () => {
  let step = 1
  for (; ; step++) {
    const root = await copyOfModel()
    await rm(path.join(root, 'workspace'), { recursive: true })
    const run = await runAction(root, 'reset', { step })
    if (run.signal === null) break
    const [context, lab] = [await contextIn(root), await findLab(root, 'L01')]
    await withLabLock(context, lab, 'start', async () => {
      await recover(context, lab)
      await ensureCopy(context, lab, undefined)
    })
    expect(await stateOf(workspaceOf(root, lab))).toBe(after.reset.state)
    expect(await readdir(path.join(root, 'workspace'))).not.toContain('.snapshots')
    expect(await readdir(path.join(root, 'workspace', '.meta', lab.folder))).toEqual(['origin.json'])
    await rm(root, { recursive: true })
  }
  expect(step).toBeGreaterThan(4)
})
