import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { EnvironmentTrouble } from '../types.ts'
import { findRedis } from './source.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'source-'))
})
afterEach(() => rm(dir, { recursive: true }))
const install = async (name: string, says: string) => {
  await writeFile(path.join(dir, name), `#!/bin/sh\necho '${says}'\n`)
  await chmod(path.join(dir, name), 0o755)
}
const look = (more: Record<string, string> = {}) => findRedis({ PATH: dir, ...more })

test('without a server there is the one in JavaScript', async () => {
  expect(await look()).toEqual({ kind: 'package', about: 'js-redis-server, in memory' })
})
test('a server on PATH is used, Valkey before Redis', async () => {
  await install('redis-server', 'Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=1')
  expect(await look()).toEqual({ kind: 'server', about: 'redis-server 7.0.15', command: 'redis-server' })
  await install('valkey-server', 'Valkey server v=8.1.3 sha=00000000:1 malloc=libc bits=64 build=2')
  expect(await look()).toMatchObject({ kind: 'server', command: 'valkey-server' })
})
test('one that is too old, or says nothing that can be read, is passed over', async () => {
  await install('redis-server', 'Redis server v=6.0.16 sha=0')
  await install('valkey-server', 'hello')
  expect(await look()).toMatchObject({ kind: 'package' })
})
test('REDIS_URL goes before all of it, with its name and password', async () => {
  await install('redis-server', 'Redis server v=7.0.15 sha=0')
  expect(await look({ REDIS_URL: 'redis://depot:p%40ss@10.0.0.5:6380/0' })).toEqual({
    kind: 'url',
    about: 'that of REDIS_URL, 10.0.0.5:6380',
    address: { host: '10.0.0.5', port: 6380, username: 'depot', password: 'p@ss' },
  })
  expect(await look({ REDIS_URL: 'redis://localhost' })).toMatchObject({ address: { host: 'localhost', port: 6379 } })
  expect(await look({ REDIS_URL: ' ' })).toMatchObject({ kind: 'server' })
})
test.each(['localhost:6379', 'rediss://a.example', 'http://a.example'])('REDIS_URL %s is refused', async (url) => {
  await expect(look({ REDIS_URL: url })).rejects.toThrow(EnvironmentTrouble)
})
