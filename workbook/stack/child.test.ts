import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Detached, endGroup, isAlive, selfId, spawnDetached } from './child.ts'

let dir: string
const started: Detached[] = []
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'child-'))
})
afterEach(() => {
  for (const { child, pid } of started.splice(0))
    if (child.exitCode === null && child.signalCode === null)
      try {
        process.kill(-pid, 'SIGKILL')
      } catch {
        // Ended meanwhile.
      }
})
afterAll(() => rm(dir, { recursive: true }))

let serial = 0
const log = () => path.join(dir, 'logs', `${serial++}.log`)
const env = { PATH: process.env.PATH ?? '' }
const shell = async (script: string) => {
  const file = log()
  const child = await spawnDetached(['sh', '-c', script], { cwd: dir, env, log: file })
  started.push(child)
  return Object.assign(child, { output: () => readFile(file, 'utf8') })
}
const exists = (pid: number) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
async function until(what: () => boolean | Promise<boolean>): Promise<boolean> {
  for (let i = 0; i < 150; i++) {
    if (await what()) return true
    await sleep(20)
  }
  return false
}

describe('a detached program', () => {
  test('writes to its log, leads a group of its own, and sees no more than it was given', async () => {
    const { pid, output } = await shell('echo "out $SECRET"; echo err >&2; ps -o pgid= -p $$')
    expect(await until(async () => (await output()).split('\n').length > 3)).toBe(true)
    expect((await output()).split('\n').map((l) => l.trim())).toEqual(['out', 'err', String(pid), ''])
  })
  test('that does not exist is an error', async () => {
    await expect(spawnDetached(['no-such-program-here'], { cwd: dir, env, log: log() })).rejects.toThrow('ENOENT')
    await expect(spawnDetached([], { cwd: dir, env, log: log() })).rejects.toThrow('empty')
  })
})

describe('is it alive', () => {
  test('while it runs, and not after', async () => {
    const id = await shell('sleep 30')
    expect(await isAlive(id)).toBe(true)
    process.kill(id.pid, 'SIGKILL')
    expect(await until(async () => !(await isAlive(id)))).toBe(true)
  })
  test('not where its pid is another process’s by now', async () => {
    const id = await shell('sleep 30')
    expect(await isAlive({ pid: id.pid, started: 'Thu Jan  1 00:00:00 1970' })).toBe(false)
    expect(await isAlive({ pid: id.pid, started: '' })).toBe(true)
  })
  test('not where there is no such pid', async () => {
    expect(await isAlive({ pid: 2_147_483_646, started: '' })).toBe(false)
  })
  test('this process is', async () => {
    expect(await isAlive(await selfId())).toBe(true)
  })
})

describe('ending a group', () => {
  test('ends a program that asks for nothing better', async () => {
    const id = await shell('sleep 30')
    await endGroup(id)
    expect(await until(() => !exists(id.pid))).toBe(true)
  })
  test('lets it clean up first', async () => {
    const id = await shell(`trap 'echo clean; exit 0' TERM; echo ready; while :; do sleep 0.02; done`)
    await until(async () => (await id.output()).includes('ready'))
    await endGroup(id)
    expect(await id.output()).toMatch(/^ready\n[\s\S]*clean\n$/)
  })
  test('ends a program that ignores the polite signal, when the grace is over', async () => {
    const id = await shell(`trap '' TERM; echo ready; while :; do sleep 0.02; done`)
    await until(async () => (await id.output()).includes('ready'))
    const begun = performance.now()
    await endGroup(id, 'SIGTERM', 150)
    expect(performance.now() - begun).toBeGreaterThan(140)
    expect(await until(() => !exists(id.pid))).toBe(true)
  })
  test('ends its children too, also where the leader has ended by itself', async () => {
    const id = await shell(`sleep 30 & echo $!; exit 0`)
    await until(async () => (await id.output()).includes('\n'))
    const child = Number(await id.output())
    expect(await until(async () => !(await isAlive(id)))).toBe(true)
    const orphan = { pid: child, started: '' }
    expect(await isAlive(orphan)).toBe(true)
    await endGroup(id)
    expect(await until(async () => !(await isAlive(orphan)))).toBe(true)
  })
  test('does nothing to a stranger with the same pid', async () => {
    const stranger = await shell('sleep 30')
    await endGroup({ pid: stranger.pid, started: 'Thu Jan  1 00:00:00 1970' }, 'SIGTERM', 50)
    await sleep(50)
    expect(stranger.child.signalCode).toBeNull()
    expect(await isAlive(stranger)).toBe(true)
  })
})
