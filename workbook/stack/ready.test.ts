import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { answersHttp } from './ready.ts'

const servers: { close(): unknown }[] = []
const listen = async (server: net.Server) => {
  const sockets = new Set<net.Socket>()
  server.on('connection', (s) => void sockets.add(s.on('error', () => {})))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  servers.push({
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

describe('a server is ready', () => {
  test.each([200, 404, 500, 503])('with any answer on the readiness path: %i', async (status) => {
    let asked: string | undefined
    const origin = await listen(
      http.createServer((req, res) => {
        asked = req.url
        res.writeHead(status).end()
      }),
    )
    expect(await answersHttp(origin, 1_000)).toBe(true)
    expect(asked).toBe('/api/health/ready')
  })
  test('with an answer whose body never ends', async () => {
    expect(await answersHttp(await listen(http.createServer((_req, res) => void res.write('x'))), 1_000)).toBe(true)
  })
  test('not while it accepts and says nothing, and that is known in time', async () => {
    const started = performance.now()
    expect(await answersHttp(await listen(net.createServer()), 60)).toBe(false)
    expect(performance.now() - started).toBeLessThan(1_000)
  })
  test('not where it speaks no HTTP, and not where nobody listens', async () => {
    expect(await answersHttp(await listen(net.createServer((s) => s.end('SSH-2.0\r\n'))), 1_000)).toBe(false)
    const server = net.createServer()
    const origin = await listen(server)
    await new Promise((resolve) => server.close(resolve))
    expect(await answersHttp(origin, 1_000)).toBe(false)
  })
  test('not at an address of another scheme, which is no mistake of ours', async () => {
    await expect(Promise.resolve().then(() => answersHttp('https://127.0.0.1:1', 100))).resolves.toBe(false)
  })
})
