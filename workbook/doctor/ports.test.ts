import net, { type AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { freePort, isFree, ownerOfPort, portsOfGroup } from './ports.ts'

const servers: net.Server[] = []
const listen = async (host: string) => {
  const server = net.createServer()
  servers.push(server)
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, host, resolve))
  return (server.address() as AddressInfo).port
}
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve))
})

describe('a port', () => {
  test('that was given as free can be listened on', async () => {
    const port = await freePort()
    expect(port).toBeGreaterThan(1_023)
    expect(await isFree(port)).toBe(true)
    // Asking leaves it free.
    expect(await isFree(port)).toBe(true)
  })
  test('that somebody listens on is not free, on loopback or everywhere', async () => {
    expect(await isFree(await listen('127.0.0.1'))).toBe(false)
    expect(await isFree(await listen('0.0.0.0'))).toBe(false)
  })
  test('is free again after that ended', async () => {
    const port = await listen('127.0.0.1')
    await new Promise((resolve) => servers.pop()?.close(resolve))
    expect(await isFree(port)).toBe(true)
  })
})

describe('the owner of a port', () => {
  test('is named by name and pid: this very process', async () => {
    const port = await listen('127.0.0.1')
    expect(await ownerOfPort(port)).toMatch(new RegExp(`^\\S.* \\(pid ${process.pid}\\b`))
  })
  test.runIf(process.platform === 'linux')('is told in a line, however long its command', async () => {
    const owner = await ownerOfPort(await listen('::1').catch(() => listen('127.0.0.1')))
    expect(owner).toContain(`pid ${process.pid}`)
    expect(owner?.length).toBeLessThan(140)
    expect(owner).not.toContain('\0')
  })
  test('is nobody where nobody listens', async () => {
    expect(await ownerOfPort(await freePort())).toBeUndefined()
  })
})

test.runIf(process.platform === 'linux')('the ports of a process group are those it listens on', async () => {
  const port = await listen('127.0.0.1')
  const { execFileSync } = await import('node:child_process')
  const group = Number(execFileSync('ps', ['-o', 'pgid=', '-p', String(process.pid)], { encoding: 'utf8' }))
  expect(await portsOfGroup(group)).toContain(port)
  expect(await portsOfGroup(2_147_483_646)).toEqual([])
})
