import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Detached, endGroup, isAlive, type ProcessId, selfId, spawnDetached } from './child.ts'
import type { Places } from './files.ts'
import { endOrphans, forgetStack, listStacks, loadStack, type StackRecord, saveStack } from './registry.ts'

let dir: string
let places: Places
let api: Detached
const gone: ProcessId = { pid: 2_147_483_646, started: 'Thu Jan  1 00:00:00 1970' }
const record = (over: Partial<StackRecord> = {}): StackRecord => ({
  name: 'depot-l01',
  lab: 'L01',
  transport: 'process',
  dir: '/somewhere',
  runs: '/somewhere',
  origin: 'http://127.0.0.1:3000',
  env: {},
  digest: 'd',
  ...over,
})
const idOf = ({ pid, started }: ProcessId): ProcessId => ({ pid, started })

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'registry-'))
  places = { root: dir, state: path.join(dir, '.workbook'), shared: path.join(dir, 'shared') }
  api = await spawnDetached(['sleep', '30'], {
    cwd: dir,
    env: { PATH: process.env.PATH ?? '' },
    log: path.join(dir, 'log'),
  })
})
afterEach(async () => {
  await endGroup(api, 'SIGKILL')
  await rm(dir, { recursive: true })
})

describe('the record of a stack', () => {
  test('is found by name and in the list, until it is forgotten', async () => {
    await saveStack(places, record())
    await saveStack(places, record({ name: 'depot-l02', lab: 'L02' }))
    expect(await loadStack(places, 'depot-l01')).toEqual(record())
    expect((await listStacks(places)).map((r) => r.lab)).toEqual(['L01', 'L02'])
    await forgetStack(places, 'depot-l01')
    expect(await loadStack(places, 'depot-l01')).toBeUndefined()
  })
  test('is none where nothing was recorded, and where it was cut in half', async () => {
    expect(await listStacks(places)).toEqual([])
    await mkdir(path.join(places.state, 'stacks'), { recursive: true })
    await writeFile(path.join(places.state, 'stacks', 'x.json'), '{"name": ')
    expect(await listStacks(places)).toEqual([])
    expect(await endOrphans(places)).toEqual([])
  })
})

describe('orphans', () => {
  test('whose command is gone are ended, data and all', async () => {
    const data = path.join(dir, 'data')
    await mkdir(data)
    await saveStack(
      places,
      record({
        api: idOf(api),
        owner: gone,
        postgres: { ...gone, port: 1, password: '', data },
      }),
    )
    expect(await endOrphans(places)).toEqual(['depot-l01'])
    expect(await isAlive(api)).toBe(false)
    expect(await listStacks(places)).toEqual([])
    expect(await readdir(dir)).not.toContain('data')
  })
  test('whose command still runs are kept', async () => {
    await saveStack(places, record({ api: idOf(api), owner: await selfId() }))
    expect(await endOrphans(places)).toEqual([])
    expect(await isAlive(api)).toBe(true)
    expect(await listStacks(places)).toHaveLength(1)
  })
  test('with an owner whose pid is somebody else’s by now are ended', async () => {
    await saveStack(places, record({ api: idOf(api), owner: { pid: process.pid, started: gone.started } }))
    expect(await endOrphans(places)).toEqual(['depot-l01'])
    expect(await isAlive(api)).toBe(false)
  })
  test('are not what `lab start` began: that belongs to no command', async () => {
    await saveStack(places, record({ api: idOf(api) }))
    expect(await endOrphans(places)).toEqual([])
    expect(await isAlive(api)).toBe(true)
  })
  test('of which the process is gone already cost no stranger its life', async () => {
    await saveStack(places, record({ api: { pid: api.pid, started: gone.started }, owner: gone }))
    expect(await endOrphans(places)).toEqual(['depot-l01'])
    expect(await isAlive(api)).toBe(true)
  })
  test('leave no copy of the learner’s folder behind', async () => {
    const runs = path.join(places.state, 'mirror', 'depot-l01')
    await mkdir(runs, { recursive: true })
    await saveStack(places, record({ runs, owner: gone }))
    await endOrphans(places)
    expect(await readdir(path.join(places.state, 'mirror'))).toEqual([])
  })
  test('of containers stay on record while there is no Docker to end them with, and keep nobody from working', async () => {
    await saveStack(places, record({ transport: 'container', owner: gone }))
    vi.stubEnv('PATH', '/usr/bin-without-docker:/bin-without-docker')
    try {
      await expect(endOrphans(places)).resolves.toEqual([])
    } finally {
      vi.unstubAllEnvs()
    }
    expect(await listStacks(places)).toHaveLength(1)
  })
})
