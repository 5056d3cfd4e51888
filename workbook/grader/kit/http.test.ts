import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import type { Exchange } from '../core/exchange.ts'
import { rngOf } from '../core/rng.ts'
import { ordinaryUserAgent } from './client.ts'
import { type Client, createClient, type NodeClientOptions } from './http.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

async function listen(server: net.Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const sockets = new Set<net.Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  })
  ends.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise<void>((resolve) => server.close(() => resolve()))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
const serve = (handle: http.RequestListener) => listen(http.createServer(handle))
/** A server that answers each connection with these bytes. */
const raw = (answer: (socket: net.Socket, text: string, nth: number) => void) => {
  let connections = 0
  return listen(
    net.createServer((socket) => {
      const nth = ++connections
      socket.on('data', (data) => answer(socket, data.toString(), nth))
    }),
  )
}

function client(origin: string, more: Partial<NodeClientOptions> = {}): Client {
  const made = createClient({ origin, userAgent: 'test', ...more })
  ends.push(() => made.close())
  return made
}
async function timed(work: Promise<Exchange>): Promise<Exchange & { took: number }> {
  const started = performance.now()
  const exchange = await work
  return { ...exchange, took: performance.now() - started }
}

describe('an ordinary exchange', () => {
  test('a field with a list of values is sent several times', async () => {
    let seen: string[] = []
    const origin = await serve((req, res) => {
      seen = req.headersDistinct.authorization ?? []
      res.end()
    })
    const exchange = await client(origin).get('/me', { headers: { authorization: ['Bearer a', 'Bearer b'] } })
    expect(seen).toEqual(['Bearer a', 'Bearer b'])
    expect(exchange.requestHeaders.authorization).toBe('Bearer a, Bearer b')
  })
  test('is recorded whole: request, answer, time', async () => {
    const seen: { url?: string; headers?: http.IncomingHttpHeaders; body?: string } = {}
    const origin = await serve((req, res) => {
      let body = ''
      req.on('data', (c) => {
        body += c
      })
      req.on('end', () => {
        Object.assign(seen, { url: req.url, headers: req.headers, body })
        res.writeHead(201, { 'Content-Type': 'application/json', 'X-Request-Id': 'abc' }).end('{"id":"ü"}')
      })
    })
    const told: Exchange[] = []
    const exchange = await client(origin, { onExchange: (e) => told.push(e) }).post('/auth/register', {
      json: { password: 'zażółć' },
      token: 'T',
      headers: { 'X-Own': '1' },
    })
    expect(exchange).toMatchObject({
      method: 'POST',
      url: `${origin}/api/auth/register`,
      requestBody: '{"password":"zażółć"}',
      response: { status: 201, body: '{"id":"ü"}', json: { id: 'ü' }, headers: { 'x-request-id': 'abc' } },
    })
    expect(exchange).not.toHaveProperty('trouble')
    expect(exchange.response?.headerNames).toEqual([...(exchange.response?.headerNames ?? [])].sort())
    expect(exchange.ms).toBeGreaterThan(0)
    expect(Math.abs(exchange.at - Date.now())).toBeLessThan(5_000)
    expect(seen).toMatchObject({
      url: '/api/auth/register',
      body: '{"password":"zażółć"}',
      headers: { 'content-type': 'application/json', authorization: 'Bearer T', 'x-own': '1', 'user-agent': 'test' },
    })
    expect(told).toEqual([exchange])
  })
  test('sends nothing that a common client would not', async () => {
    let names: string[] = []
    const origin = await serve((req, res) => {
      names = Object.keys(req.headers)
      res.end()
    })
    await client(origin).get('/me')
    expect(names.sort()).toEqual(['accept', 'connection', 'host', 'user-agent'])
  })
  test('a raw body is sent as it is, without a content type of ours', async () => {
    let got: [string | undefined, string] | undefined
    const origin = await serve((req, res) => {
      let body = ''
      req.on('data', (c) => {
        body += c
      })
      req.on('end', () => {
        got = [req.headers['content-type'], body]
        res.end()
      })
    })
    await client(origin).post('/x', { raw: '{"a":1,"a":2' })
    expect(got).toEqual([undefined, '{"a":1,"a":2'])
  })
  test('a header given in capitals replaces ours', async () => {
    let type: string | undefined
    const origin = await serve((req, res) => {
      type = req.headers['content-type']
      res.end()
    })
    await client(origin).post('/x', { json: {}, headers: { 'Content-Type': 'text/plain' } })
    expect(type).toBe('text/plain')
  })
  test('a body that is no JSON has none, and one that is null has null', async () => {
    const origin = await serve((req, res) => res.end(req.url === '/api/null' ? 'null' : '<h1>'))
    const c = client(origin)
    expect((await c.get('/null')).response?.json).toBeNull()
    expect((await c.get('/html')).response).toMatchObject({ json: undefined, body: '<h1>' })
  })
  test('headers that come twice are joined', async () => {
    const origin = await raw((socket) =>
      socket.write(
        'HTTP/1.1 200 OK\r\nX-Request-Id: a\r\nContent-Length: 0\r\nx-request-id: b\r\nSet-Cookie: c\r\nSet-Cookie: d\r\n\r\n',
      ),
    )
    const { response } = await client(origin).get('/x')
    expect(response?.headers).toMatchObject({ 'x-request-id': 'a, b', 'set-cookie': 'c, d' })
    expect(response?.headerNames).toEqual(['content-length', 'set-cookie', 'x-request-id'])
    expect(response?.setCookies).toEqual(['c', 'd'])
  })
  test('a long request body is kept short', async () => {
    const origin = await serve((req, res) => req.resume().on('end', () => res.end()))
    const exchange = await client(origin).post('/x', { json: { password: 'x'.repeat(100_000) } })
    expect(exchange.response?.status).toBe(200)
    expect(exchange.requestBody?.length).toBeLessThan(2_100)
  })
  test('a redirect is an answer and not followed', async () => {
    let hits = 0
    const origin = await serve((_req, res) => {
      hits++
      res.writeHead(302, { location: '/api/other' }).end()
    })
    expect((await client(origin).get('/x')).response?.status).toBe(302)
    expect(hits).toBe(1)
  })
  test('one connection serves requests one after another', async () => {
    const ports = new Set<number | undefined>()
    const origin = await serve((req, res) => {
      ports.add(req.socket.remotePort)
      res.end()
    })
    const c = client(origin)
    for (let i = 0; i < 3; i++) await c.get('/x')
    expect(ports.size).toBe(1)
  })
  test('another source address is seen by the server', async () => {
    let from: string | undefined
    const origin = await serve((req, res) => {
      from = req.socket.remoteAddress
      res.end()
    })
    await client(origin, { localAddress: '127.0.0.2' }).get('/x')
    expect(from).toBe('127.0.0.2')
  })
})

describe('trouble is evidence, never an exception, and ends in bounded time', () => {
  test('a body of 5 MB: reading stops', async () => {
    const origin = await serve((_req, res) => res.end(Buffer.alloc(5_000_000, 'x')))
    const exchange = await timed(client(origin).get('/x'))
    expect(exchange.trouble).toMatchObject({ kind: 'too-large', text: expect.stringContaining('200') })
    expect(exchange).not.toHaveProperty('response')
    expect(exchange.took).toBeLessThan(2_000)
  })
  test('a body of exactly a megabyte is still an answer', async () => {
    const origin = await serve((_req, res) => res.end(Buffer.alloc(1_000_000, 'x')))
    expect((await client(origin).get('/x')).response?.body.length).toBe(1_000_000)
  })
  test('an endless body: reading stops', async () => {
    const origin = await serve((_req, res) => {
      const chunk = Buffer.alloc(65_536, 'x')
      const more = () => {
        while (!res.destroyed && res.write(chunk)) {
          // Until the buffer is full.
        }
      }
      res.on('drain', more)
      more()
    })
    expect((await client(origin).get('/x')).trouble?.kind).toBe('too-large')
  })
  test('a socket closed without a word', async () => {
    const origin = await raw((socket) => socket.destroy())
    expect((await client(origin).get('/x')).trouble?.kind).toBe('closed')
  })
  test('a socket ended politely without a word', async () => {
    const origin = await raw((socket) => socket.end())
    expect((await client(origin).get('/x')).trouble?.kind).toBe('closed')
  })
  test('half an answer', async () => {
    const origin = await raw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"half":')
      setTimeout(() => socket.destroy(), 10)
    })
    const exchange = await client(origin).get('/x')
    expect(exchange.trouble).toMatchObject({ kind: 'closed', text: expect.stringMatching(/200.*middle/) })
    expect(exchange).not.toHaveProperty('response')
  })
  test('half a header', async () => {
    const origin = await raw((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Le'))
    expect((await client(origin).get('/x')).trouble?.kind).toMatch(/closed|invalid/)
  })
  test('no answer ever', async () => {
    const origin = await serve(() => {})
    const exchange = await timed(client(origin).get('/x', { timeout: 80 }))
    expect(exchange.trouble).toEqual({ kind: 'timeout', text: 'no whole answer within 0.08 s' })
    expect(exchange.took).toBeGreaterThan(70)
    expect(exchange.took).toBeLessThan(1_000)
  })
  test('an endless trickle: each byte does not buy more time', async () => {
    const origin = await serve((_req, res) => {
      const timer = setInterval(() => res.write('x'), 10)
      res.on('close', () => clearInterval(timer))
    })
    const exchange = await timed(client(origin).get('/x', { timeout: 120 }))
    expect(exchange.trouble?.kind).toBe('timeout')
    expect(exchange.took).toBeLessThan(1_000)
  })
  test('the connection of a request that was given up is closed', async () => {
    const closed = Promise.withResolvers<void>()
    const origin = await serve((_req, res) => void res.on('close', () => closed.resolve()))
    await client(origin).get('/x', { timeout: 30 })
    await closed.promise
  })
  test('something that is no HTTP', async () => {
    const origin = await raw((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'))
    expect((await client(origin).get('/x')).trouble?.kind).toBe('invalid')
  })
  test('an endless header', async () => {
    const origin = await raw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n')
      const timer = setInterval(() => socket.write(`X-${'a'.repeat(4_000)}: b\r\n`), 1)
      socket.on('close', () => clearInterval(timer))
    })
    expect((await client(origin).get('/x', { timeout: 2_000 })).trouble?.kind).toBe('invalid')
  })
  test('nobody listening', async () => {
    const server = net.createServer()
    const origin = await listen(server)
    await new Promise<void>((resolve) => server.close(() => resolve()))
    expect((await client(origin).get('/x')).trouble?.kind).toBe('refused')
  })
  test('the check’s time being over', async () => {
    const origin = await serve(() => {})
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 30)
    const c = client(origin, { signal: controller.signal })
    expect((await c.get('/x')).trouble).toEqual({ kind: 'aborted', text: 'the check’s time was over' })
    expect((await c.get('/x')).trouble?.kind).toBe('aborted')
  })
  test.each(['line\nbreak', 'schlüssel…', '鍵'])(
    'a token that no header can carry (%j): the server made it',
    async (token) => {
      const origin = await serve((_req, res) => res.writeHead(401).end())
      const exchange = await client(origin).get('/me', { token })
      expect(exchange.response ?? exchange.trouble).toBeDefined()
    },
  )
})

describe('a kept-alive connection that the server has closed meanwhile', () => {
  const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}'

  test('is no evidence: the request is sent once more', async () => {
    const requests: number[] = []
    const origin = await raw((socket, _text, nth) => {
      if (requests.filter((n) => n === nth).length === 1) socket.resetAndDestroy()
      else socket.write(ok)
      requests.push(nth)
    })
    const told: Exchange[] = []
    const c = client(origin, { onExchange: (e) => told.push(e) })
    expect((await c.get('/1')).response?.status).toBe(200)
    expect((await c.get('/2')).response?.status).toBe(200)
    expect(requests).toEqual([1, 1, 2])
    expect(told).toHaveLength(2)
  })
  test('is no evidence where several are kept: a new connection is made', async () => {
    const seen = new Map<number, number>()
    const origin = await raw((socket, _text, nth) => {
      const count = (seen.get(nth) ?? 0) + 1
      seen.set(nth, count)
      if (count > 1) socket.resetAndDestroy()
      else setTimeout(() => socket.write(ok), 15)
    })
    const c = client(origin)
    await Promise.all([c.get('/1'), c.get('/2'), c.get('/3')])
    await sleep(5)
    expect((await c.get('/4')).response?.status).toBe(200)
  })
  test('on a new connection is evidence, and the request is not repeated', async () => {
    let requests = 0
    const origin = await raw((socket) => {
      requests++
      socket.resetAndDestroy()
    })
    expect((await client(origin).post('/x', { json: {} })).trouble?.kind).toBe('closed')
    expect(requests).toBe(1)
  })
  test('after a part of the answer is evidence, and the request is not repeated', async () => {
    let requests = 0
    const origin = await raw((socket) => {
      requests++
      if (requests === 1) socket.write(ok)
      else {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{')
        setTimeout(() => socket.destroy(), 10)
      }
    })
    const c = client(origin)
    await c.get('/1')
    expect((await c.get('/2')).trouble?.kind).toBe('closed')
    expect(requests).toBe(2)
  })
})

describe('the user agent', () => {
  test('is that of a common client, the same for a seed, and varies with it', () => {
    const of = (seed: string) => ordinaryUserAgent(rngOf(seed, 'client'))
    const all = Array.from({ length: 40 }, (_, i) => of(`seed ${i}`))
    for (const agent of all) expect(agent).toMatch(/^(Mozilla\/5\.0 \(|curl\/8\.)/)
    expect(of('a')).toBe(of('a'))
    expect(new Set(all).size).toBeGreaterThan(10)
    for (const agent of all) expect(agent).not.toMatch(/workbook|grader|node/i)
  })
})

describe('a request that is abandoned', () => {
  test('is broken off when the promise settles, its answer not read, and the server sees it', async () => {
    let closed: Promise<unknown> | undefined
    const origin = await serve((_req, res) => {
      closed = new Promise((resolve) => res.once('close', () => resolve(res.writableFinished)))
      // More than the buffers between the two hold: it cannot be finished unless somebody reads.
      res.end('x'.repeat(30_000_000))
    })
    const other = client(origin)
    const exchange = await timed(other.post('/refresh', { abandon: sleep(150) }))
    expect(exchange.took).toBeGreaterThan(140)
    expect(exchange.response).toBeUndefined()
    expect(exchange.trouble).toMatchObject({ kind: 'abandoned' })
    expect(await closed).toBe(false)
  })
  test('counts as broken off also where the promise fails', async () => {
    const origin = await serve(() => {})
    const exchange = await client(origin).get('/x', { abandon: Promise.reject(new Error('the act failed')) })
    expect(exchange.trouble?.kind).toBe('abandoned')
  })
})
