/** Hands HTTP requests on to programs in turn: each request once, as it is, to the one whose turn it is. */
import http from 'node:http'
import type { AddressInfo } from 'node:net'

/** Fields that concern one connection alone (RFC 9110, 7.6.1), and Expect, which is answered here. */
const ownFields = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'upgrade',
  'expect',
])

export interface RoundRobin {
  port: number
  close(): Promise<void>
}

/**
 * @param replicas addresses, at least one
 * @param port 0 for any
 * @throws the listen error where the port is taken
 */
export async function openRoundRobin(replicas: readonly string[], port: number): Promise<RoundRobin> {
  let turn = 0
  const server = http.createServer((req, res) => {
    const origin = replicas[turn++ % replicas.length] ?? ''
    pass(origin, req, res)
  })
  // A slow program keeps its client waiting for as long as the client likes: limits are not ours to set.
  server.requestTimeout = 0
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function pass(origin: string, req: http.IncomingMessage, res: http.ServerResponse): void {
  const { hostname, port } = new URL(origin)
  // A connection for each request: one that was kept could end under a request, and nothing is sent twice.
  const onward = http.request({
    agent: false,
    host: hostname,
    port,
    method: req.method,
    path: req.url,
    headers: passedOn(req.rawHeaders),
    setHost: false,
  })
  onward.on('response', (answer) => {
    res.sendDate = false
    res.writeHead(answer.statusCode ?? 502, answer.statusMessage, passedOn(answer.rawHeaders))
    res.flushHeaders()
    answer.pipe(res)
    // Cut off in the middle: so is ours.
    answer.on('aborted', () => res.destroy())
    answer.on('error', () => res.destroy())
  })
  onward.on('error', () => {
    if (res.headersSent || res.destroyed) return void res.destroy()
    const id = req.headers['x-request-id']
    res.writeHead(502, {
      'content-type': 'application/problem+json',
      ...(typeof id === 'string' ? { 'x-request-id': id } : {}),
    })
    res.end(JSON.stringify({ status: 502, title: 'A program of the API does not answer', code: 'bad_gateway' }))
  })
  res.on('close', () => onward.destroy())
  req.on('error', () => onward.destroy())
  req.pipe(onward)
}

/** Names and values in turn, without those of the connection. */
function passedOn(flat: readonly string[]): string[] {
  const named = flat.flatMap((name, i) =>
    i % 2 === 0 && name.toLowerCase() === 'connection' ? (flat[i + 1] ?? '') : [],
  )
  const gone = new Set([...ownFields, ...named.flatMap((list) => list.toLowerCase().split(/\s*,\s*/))])
  return flat.filter((_, i) => !gone.has((flat[i - (i % 2)] ?? '').toLowerCase()))
}
