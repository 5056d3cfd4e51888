import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ensureNode, ensurePackages } from './install.mjs'
import { withLock } from './lock.mjs'
import { atLeast, BOOTSTRAP_MINIMUM, NODE_MINIMUM, NODE_VERSION } from './versions.mjs'

const here = path.dirname(fileURLToPath(import.meta.url))
let dir: string
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'bootstrap-'))
  vi.spyOn(process.stderr, 'write').mockReturnValue(true)
})
afterEach(async () => {
  vi.restoreAllMocks()
  await rm(dir, { recursive: true })
})

describe('versions', () => {
  test.each([
    ['v24.7.0', [24, 7], true],
    ['24.6.9', [24, 7], false],
    ['v25.0.0', [24, 7], true],
    ['v23.99.0', [24, 7], false],
    ['v24.21.0', [24, 7], true],
    ['20.0.0', [20, 0], true],
    ['v18.20.8', [20, 0], false],
    ['24', [24], true],
    ['24', [24, 0, 1], false],
  ])('%s against %j: %s', (version, minimum, enough) => {
    expect(atLeast(version, minimum)).toBe(enough)
  })
  test('the pinned Node satisfies the project, and the project is stricter than the bootstrap', () => {
    expect(atLeast(NODE_VERSION, NODE_MINIMUM)).toBe(true)
    expect(atLeast(NODE_MINIMUM.join('.'), BOOTSTRAP_MINIMUM)).toBe(true)
  })
})

describe('the lock', () => {
  test('lets one work at a time, each to its end', async () => {
    const file = path.join(dir, 'new', 'x.lock')
    let [now, most] = [0, 0]
    const work = (n: number) =>
      withLock(file, async () => {
        most = Math.max(most, ++now)
        await sleep(10)
        now--
        return n
      })
    expect(await Promise.all([work(1), work(2)])).toEqual([1, 2])
    expect(most).toBe(1)
    expect(await readdir(path.dirname(file))).toEqual([])
  })
  test('is given back when the work fails', async () => {
    const file = path.join(dir, 'x.lock')
    await expect(withLock(file, () => Promise.reject(new Error('no disk')))).rejects.toThrow('no disk')
    expect(await withLock(file, async () => 'again')).toBe('again')
  })
  test('holds its owner while the work runs', async () => {
    const file = path.join(dir, 'x.lock')
    await withLock(file, async () => expect(existsSync(file)).toBe(true))
    expect(existsSync(file)).toBe(false)
  })
  test('of a process that is gone is taken over', async () => {
    const file = path.join(dir, 'x.lock')
    const child = spawn('true')
    await new Promise((resolve) => child.on('exit', resolve))
    await writeFile(file, String(child.pid))
    expect(await withLock(file, async () => 'mine')).toBe('mine')
  })
  test.each(['', 'nonsense'])('that a crash left behind with the content %j is taken over', async (content) => {
    const file = path.join(dir, 'x.lock')
    await writeFile(file, content)
    const taken = withLock(file, async () => 'mine')
    const late = sleep(700).then(() => 'still waiting')
    const first = await Promise.race([taken, late])
    await rm(file, { force: true })
    await taken
    expect(first).toBe('mine')
  })
  test('of a process that lives is waited for, and that is said', async () => {
    const file = path.join(dir, 'x.lock')
    await writeFile(file, String(process.ppid))
    let got = false
    const work = withLock(file, async () => {
      got = true
    })
    await sleep(60)
    expect(got).toBe(false)
    expect(process.stderr.write).toHaveBeenCalledWith(expect.stringContaining('waiting'))
    await rm(file)
    await work
    expect(got).toBe(true)
  })
})

describe('packages', () => {
  const stamp = async (content: object) => {
    await writeFile(path.join(dir, 'package-lock.json'), 'lock')
    await mkdir(path.join(dir, 'node_modules'), { recursive: true })
    await writeFile(path.join(dir, 'node_modules', '.workbook-install.json'), JSON.stringify(content))
  }
  const platform = `${process.platform}-${process.arch}`

  test('that are there, by the stamp of a whole install, are not installed again', async () => {
    const digest = createHash('sha256').update('lock').digest('hex')
    for (const [have, want] of [
      [false, false],
      [true, false],
      [true, true],
    ] as const) {
      await stamp({ lock: digest, platform, dev: have })
      await ensurePackages(dir, '/no/such/node', { dev: want })
    }
  })
  test.each([
    ['of another lockfile', { lock: 'other', platform, dev: true }, false],
    ['of another platform', { lock: 'LOCK', platform: 'plan9-mips', dev: true }, false],
    ['without the test tools that are wanted', { lock: 'LOCK', platform, dev: false }, true],
    ['without a stamp', {}, false],
  ])('%s are installed, and a failed install leaves no stamp', async (_what, have, dev) => {
    const digest = createHash('sha256').update('lock').digest('hex')
    await stamp('lock' in have && have.lock === 'LOCK' ? { ...have, lock: digest } : have)
    const cli = path.join(dir, 'npm.js')
    await writeFile(cli, 'process.exit(7)')
    vi.stubEnv('npm_execpath', cli)
    await expect(ensurePackages(dir, process.execPath, { dev })).rejects.toThrow(/npm ci failed \(exit 7\)/)
    expect(existsSync(path.join(dir, 'node_modules', '.workbook-install.json'))).toBe(false)
    expect(await readdir(path.join(dir, '.workbook'))).toEqual([])
    await writeFile(cli, '')
    await ensurePackages(dir, process.execPath, { dev })
    await writeFile(cli, 'process.exit(7)')
    await ensurePackages(dir, process.execPath, { dev })
    vi.unstubAllEnvs()
  })
})

test('this Node is used where it is new enough', async () => {
  expect(await ensureNode(dir)).toBe(process.execPath)
  expect(await readdir(dir)).toEqual([])
})

test('every file of the bootstrap loads with nothing installed', async () => {
  // In a folder without node_modules, in a Node of its own, which knows nothing of what this test runner resolves.
  await cp(here, path.join(dir, 'workbook', 'bootstrap'), { recursive: true })
  for (const file of ['install.mjs', 'lock.mjs', 'versions.mjs']) {
    const child = spawn(process.execPath, [path.join(dir, 'workbook', 'bootstrap', file)], { stdio: 'ignore' })
    expect(await new Promise((resolve) => child.on('exit', resolve)), file).toBe(0)
  }
})
