import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isAlive, selfId } from '../child.ts'
import { type Places, placesOf } from '../files.ts'
import { replicated, settings, writeReplicated } from '../fixtures/replicated.ts'
import { dataFolder } from '../postgres/server.ts'
import { endOrphans, loadStack, processesOf, saveStack } from '../registry.ts'
import type { StackRequest } from '../types.ts'
import { findProcessStack, type ProcessStack, startProcessStack } from './stack.ts'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..', '..')
let state: string
let places: Places
let dir: string
let stack: ProcessStack
const name = `unit-replicas-${process.pid.toString(36)}`
const request = (over: Partial<StackRequest> = {}): StackRequest => ({
  lab: replicated,
  dir,
  name,
  settings,
  signal: AbortSignal.timeout(60_000),
  progress: () => {},
  ...over,
})
interface Said {
  port: string
  pid: number
  redis: string
  greeting: string
}
const ask = async (origin: string, act = 'who') => (await (await fetch(`${origin}/api/${act}`)).json()) as Said
const recordOf = async (of = name) => {
  const record = await loadStack(places, of)
  if (record === undefined) throw new Error(`no record of ${of}`)
  return record
}

beforeAll(async () => {
  state = await mkdtemp(path.join(tmpdir(), 'stack-'))
  places = { root, state: path.join(state, '.workbook'), shared: placesOf(root).shared }
  dir = path.join(state, 'lab')
  await writeReplicated(dir)
  stack = await startProcessStack(request(), { places, life: 'run', writable: true, owner: await selfId() })
}, 60_000)
afterAll(async () => {
  await stack?.close()
  await rm(state, { recursive: true })
})

describe('two programs behind one address', () => {
  test('answer in turn there, and one by one each at its own', async () => {
    const ports = stack.replicas.map((origin) => new URL(origin).port)
    expect(new Set(ports).size).toBe(2)
    const four = [await ask(stack.origin), await ask(stack.origin), await ask(stack.origin), await ask(stack.origin)]
    expect(four.map((said) => said.port).toSorted()).toEqual([ports[0], ports[0], ports[1], ports[1]].toSorted())
    expect(four[0]?.port).toBe(four[2]?.port)
    for (const [i, origin] of stack.replicas.entries()) expect((await ask(origin)).port).toBe(ports[i])
  })
  test('print into one log, in the order of time, and both get a signal', async () => {
    const mark = await stack.mark()
    const [a = '', b = ''] = stack.replicas
    for (const origin of [a, b, a]) await ask(origin, 'log/word')
    const port = (origin: string) => new URL(origin).port
    expect(await stack.logs(mark)).toEqual([`${port(a)} word`, `${port(b)} word`, `${port(a)} word`])
    await stack.signal('SIGHUP')
    await sleep(100)
    expect((await stack.logs(mark)).slice(3).toSorted()).toEqual([`${port(a)} hangup`, `${port(b)} hangup`].toSorted())
  })
  test('are told with what else runs', async () => {
    const services = await stack.services()
    expect(services.map((s) => [s.name, s.state])).toEqual([
      ['db', 'healthy'],
      ['redis', 'healthy'],
      ['api 1', 'healthy'],
      ['api 2', 'healthy'],
      ['edge', 'healthy'],
    ])
    expect(services[1]?.detail).toMatch(/js-redis-server|redis-server|valkey-server|REDIS_URL/)
  })
  test('one that is dead is told, and both come back where they were', async () => {
    const [a = '', b = ''] = stack.replicas
    await ask(b, 'die').catch(() => {})
    await sleep(50)
    expect(await stack.alive()).toMatchObject({ alive: false, detail: expect.stringContaining('Program 2 of 2') })
    expect(await stack.present()).toBe(true)
    expect(await stack.revive()).toBe(true)
    expect(await stack.alive()).toEqual({ alive: true })
    expect([(await ask(a)).port, (await ask(b)).port]).toEqual([a, b].map((origin) => new URL(origin).port))
  })
  test('are other programs after a reboot, on the same addresses', async () => {
    const before = await Promise.all(stack.replicas.map((origin) => ask(origin)))
    expect(await stack.reboot()).toBe(true)
    const after = await Promise.all(stack.replicas.map((origin) => ask(origin)))
    expect(after.map((said) => said.port)).toEqual(before.map((said) => said.port))
    for (const [i, said] of after.entries()) expect(said.pid).not.toBe(before[i]?.pid)
  })
})

describe('its Redis', () => {
  test('is written to by the programs through the gate, and looked into past it', async () => {
    const redis = await stack.redis()
    if (redis === undefined) throw new Error('no Redis')
    try {
      await redis.shut()
      const writing = Promise.all(stack.replicas.map((origin, i) => ask(origin, `set/key-${i}`)))
      await expect.poll(() => redis.waiting()).toBe(2)
      expect(await redis.send('EXISTS', 'key-0', 'key-1')).toBe(0)
      await redis.open()
      const [a, b] = await writing
      expect(await redis.send('MGET', 'key-0', 'key-1')).toEqual([a?.port, b?.port])
      await expect(redis.send('NOSUCHCOMMAND')).rejects.toThrow(/unknown command/i)
    } finally {
      await redis.close()
    }
  })
})

describe('a second stack beside it', () => {
  test('in the same PostgreSQL has its own programs, settings and Redis, and leaves nothing', async () => {
    const other = await startProcessStack(
      request({ name: `${name}-strict`, settings: { ...settings, env: { GREETING: 'strict' } } }),
      { places, life: 'run', writable: true, runs: stack.runs, postgres: stack.postgres, owner: await selfId() },
    )
    const processes = processesOf(await recordOf(other.name))
    try {
      expect((await ask(other.origin)).greeting).toBe('strict')
      expect((await ask(stack.origin)).greeting).toBe('base')
      expect((await ask(other.origin)).redis).not.toBe((await ask(stack.origin)).redis)
    } finally {
      await other.close()
    }
    expect(await Promise.all(processes.map(isAlive))).toEqual(processes.map(() => false))
    expect(await stack.alive()).toEqual({ alive: true })
    expect(await loadStack(places, other.name)).toBeUndefined()
  })
  test('whose command is gone is ended, and the server that it was a guest of is not', async () => {
    const other = await startProcessStack(request({ name: `${name}-left` }), {
      places,
      life: 'run',
      writable: true,
      postgres: stack.postgres,
      owner: await selfId(),
    })
    const record = await recordOf(other.name)
    const processes = processesOf(record)
    // Programs, round-robin and what Redis consists of.
    expect(processes.length).toBeGreaterThanOrEqual(4)
    await saveStack(places, { ...record, owner: { pid: 2_147_483_646, started: 'long ago' } })
    expect(await endOrphans(places)).toEqual([other.name])
    expect(await Promise.all(processes.map(isAlive))).toEqual(processes.map(() => false))
    const owner = await stack.owner()
    const left = await owner.query(`SELECT datname FROM pg_database WHERE datname LIKE '%left'`)
    await owner.close()
    expect(left).toEqual([])
    expect(await stack.present()).toBe(true)
  })
  test('that does not start leaves nothing', async () => {
    const broken = path.join(state, 'broken')
    await writeReplicated(broken)
    await writeFile(path.join(broken, 'api', 'server.mjs'), 'process.exit(3)')
    const late = startProcessStack(request({ name: `${name}-late`, dir: broken }), {
      places,
      life: 'run',
      writable: true,
      postgres: stack.postgres,
      owner: await selfId(),
    })
    await expect(late).rejects.toThrow('The API ended during its start.')
    expect(await readdir(path.join(places.state, 'stacks'))).toEqual([`${name}.json`])
  })
})

test('what `lab start` begins is found again by another command, Redis and all', async () => {
  const lab = await startProcessStack(request({ name: `${name}-lab` }), {
    places,
    life: 'lab',
    writable: true,
    owner: await selfId(),
  })
  try {
    const found = await findProcessStack(places, lab.name)
    expect(found?.replicas).toEqual(lab.replicas)
    const before = await ask(lab.origin)
    expect(await found?.reboot()).toBe(true)
    expect((await ask(lab.origin)).redis).toBe(before.redis)
    const redis = await found?.redis()
    await ask(lab.origin, 'set/found')
    expect(await redis?.send('EXISTS', 'found')).toBe(1)
    await redis?.close()
    await found?.close()
    expect(await findProcessStack(places, lab.name)).toBeUndefined()
    await expect(ask(lab.origin)).rejects.toThrow()
  } finally {
    await lab.close()
    await rm(dataFolder(places, lab.name), { recursive: true, force: true })
  }
})
