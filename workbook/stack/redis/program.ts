/** The helper before a Redis: a gate, a way to work it, and, where there is no server to stand before, a Redis in JavaScript. */
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { createRedisServer } from 'js-redis-server'
import { answer } from '../helper.ts'
import { openRedisGate } from './gate.ts'

export interface GateSettings {
  /** The server behind; undefined: one of our own, in memory. */
  upstream: { host: string; port: number } | undefined
  /** Whoever works the gate must know it. */
  token: string
}

export interface GateAnswer {
  /** Where programs connect. */
  port: number
  /** Where the gate is worked. */
  control: number
  upstream: { host: string; port: number }
}

await answer<GateSettings, GateAnswer>(async ({ upstream = undefined, token }) => {
  const behind = upstream ?? (await ownRedis())
  const gate = await openRedisGate(behind)
  const acts: Record<string, () => unknown> = { '/shut': gate.shut, '/open': gate.open, '/waiting': () => {} }
  const server = http.createServer((req, res) => {
    const act = acts[req.url ?? '']
    if (act === undefined || req.headers.authorization !== token) return void res.writeHead(404).end()
    act()
    res.end(String(gate.waiting()))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: gate.port, control: (server.address() as AddressInfo).port, upstream: behind }
})

/** It listens on every address of the machine at first; it is empty then, and listens on loopback alone before anybody is told. */
async function ownRedis(): Promise<{ host: string; port: number }> {
  const { server } = await createRedisServer({ logger: console })
  const inner = server.server
  await new Promise((resolve) => inner.close(resolve))
  await new Promise<void>((resolve) => inner.listen(0, '127.0.0.1', resolve))
  return { host: '127.0.0.1', port: server.getPort() }
}
