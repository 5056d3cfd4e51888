/** A reverse proxy between the grader and a stack: it may change, delay or record answers, and passes everything else on. */
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Stack } from '../stack/types.ts'
import type { Around } from './program.ts'

/** One answer on its way to the grader. */
export interface Reply {
  status: number
  /** Names and values in turn, as they came. */
  headers: string[]
  body: Buffer
}

export interface Passed extends Reply {
  method: string
  path: string
  sent: Buffer
}

export interface ProxyOptions {
  /** Address to listen on; `127.0.0.1` if not set. */
  host?: string
  /** The origin's host where it differs from the address: `[::1]`. */
  name?: string
  /** Milliseconds that each answer waits. */
  delay?: number
  change?: (reply: Reply) => Reply
  /** Told of every exchange. */
  onPassed?: (passed: Passed) => void
}

/** Puts a proxy before a stack, and one before each of its programs where there are several. */
export async function proxied(stack: Stack, options: ProxyOptions): Promise<Around> {
  const front = await listen(stack.origin, options)
  const alone = stack.replicas.length === 1
  const each = alone ? [] : await Promise.all(stack.replicas.map((origin) => listen(origin, options)))
  return {
    stack: seenAt(stack, front.origin, alone ? [front.origin] : each.map(({ origin }) => origin)),
    close: async () => {
      await Promise.all([front, ...each].map((one) => one.close()))
    },
  }
}

async function listen(target: string, options: ProxyOptions): Promise<{ origin: string; close(): Promise<void> }> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 128 })
  const server = http.createServer(async (req, res) => {
    try {
      const sent = await collect(req)
      const reply = await forward(agent, target, req, sent)
      if (options.delay !== undefined) await sleep(options.delay)
      options.onPassed?.({ ...reply, method: req.method ?? '', path: req.url ?? '', sent })
      const { status, headers, body } = options.change?.(reply) ?? reply
      res.writeHead(status, headers)
      res.end(body)
    } catch {
      // What the server behind does to a connection, the proxy does to its own.
      res.destroy()
    }
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, options.host ?? '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://${options.name ?? '127.0.0.1'}:${port}`,
    close: async () => {
      agent.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The same stack at another address. */
function seenAt(stack: Stack, origin: string, replicas: readonly string[]): Stack {
  const { transport, name, dir, digest, env, blocklistFile, keysDir } = stack
  return {
    transport,
    name,
    dir,
    digest,
    env,
    blocklistFile,
    keysDir,
    origin,
    replicas,
    services: () => stack.services(),
    owner: () => stack.owner(),
    mark: () => stack.mark(),
    logs: (mark) => stack.logs(mark),
    alive: () => stack.alive(),
    revive: () => stack.revive(),
    restart: (signal) => stack.restart(signal),
    reboot: () => stack.reboot(),
    redis: () => stack.redis(),
    signal: (name) => stack.signal(name),
    present: () => stack.present(),
    // Another address of this machine cannot reach an address of the other family.
    secondSource: async () => (origin.includes('[') ? undefined : stack.secondSource()),
    attacker: () => stack.attacker(),
    close: () => stack.close(),
  }
}

async function collect(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function forward(agent: http.Agent, origin: string, req: http.IncomingMessage, sent: Buffer): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const onward = http.request(new URL(req.url ?? '/', origin), {
      agent,
      method: req.method ?? 'GET',
      // As they came: the same field twice is part of what some requests are about.
      headers: pairs(req.rawHeaders)
        .filter(([name]) => !/^(connection|keep-alive)$/i.test(name))
        .flat(),
    })
    onward.on('error', reject)
    onward.on('response', (answer) => {
      collect(answer).then((body) => {
        // The proxy knows the length; how long it keeps its own connections is its own affair.
        const headers = pairs(answer.rawHeaders)
          .filter(([name]) => !/^(transfer-encoding|content-length|connection|keep-alive)$/i.test(name))
          .flat()
        resolve({ status: answer.statusCode ?? 0, headers: [...headers, 'Content-Length', String(body.length)], body })
      }, reject)
    })
    onward.end(sent)
  })
}

/** Names and values in turn, as pairs. */
export function pairs(flat: string[]): [string, string][] {
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i] ?? '', flat[2 * i + 1] ?? ''])
}
