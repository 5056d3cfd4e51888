import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { freePort } from '../../doctor/ports.ts'
import { endGroup } from '../child.ts'
import { PortLost, programEnvironment, startService } from './service.ts'

let folder: string
let stranger: Server
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'service-'))
  stranger = createServer((_, response) => response.end('somebody else'))
})
afterEach(async () => {
  stranger.close()
  await rm(folder, { recursive: true })
})

const spec = (code: string, port: number) => ({
  command: ['node', '-e', code],
  cwd: folder,
  env: programEnvironment({ PORT: String(port) }),
  log: path.join(folder, 'api.log'),
})
const serve = `require('node:http').createServer((_, r) => r.end('mine')).listen(+process.env.PORT, '127.0.0.1')`
const signal = () => AbortSignal.timeout(20_000)

describe('a program', () => {
  test('is ready once it answers on its port', async () => {
    const port = await freePort()
    const child = await startService(spec(serve, port), `http://127.0.0.1:${port}`, signal())
    expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe('mine')
    await endGroup(child)
  })

  test('that only waits is not ready because a stranger answers on its port', async () => {
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve))
    const { port } = stranger.address() as AddressInfo
    const idle = spec('setTimeout(() => {}, 60_000)', port)
    await expect(startService(idle, `http://127.0.0.1:${port}`, signal())).rejects.toBeInstanceOf(PortLost)
  })

  test('that ended because its port was taken has lost its port, also where the other one is gone', async () => {
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve))
    const { port } = stranger.address() as AddressInfo
    const started = (code: string, at: number) => startService(spec(code, at), `http://127.0.0.1:${at}`, signal())
    await expect(started(serve, port)).rejects.toBeInstanceOf(PortLost)
    const free = await freePort()
    const late = `console.error('Error: listen EADDRINUSE: address already in use 127.0.0.1:' + process.env.PORT); process.exit(1)`
    await expect(started(late, free)).rejects.toBeInstanceOf(PortLost)
    const other = started(`console.error('no database'); process.exit(1)`, free)
    await expect(other).rejects.not.toBeInstanceOf(PortLost)
    await expect(other).rejects.toThrow('ended during its start')
  })

  test('whose server is a child in a group of its own is still that program', async () => {
    const port = await freePort()
    const nested = `require('node:child_process').spawn('sh', ['-c', 'set -m; node -e "$0" & wait', ${JSON.stringify(serve)}], { stdio: 'inherit' })`
    const child = await startService(spec(nested, port), `http://127.0.0.1:${port}`, signal())
    expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe('mine')
    await endGroup(child)
  })
})
