import * as realHttp from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as realApp from './fixtures/app.ts'
import { bundle, run } from './fixtures/bundle.ts'
import * as shim from './http.ts'

type Headers = [string, string][]

interface Case {
  method?: string
  url: string
  headers?: Headers
  body?: string | Uint8Array
}

interface Seen {
  status: number
  reason: string
  headers: Headers
  body: string
}

const json: Headers = [['Content-Type', 'application/json']]
const post = (url: string, body: string | Uint8Array, headers: Headers = json): Case => ({
  method: 'POST',
  url,
  body,
  headers,
})

const CASES: Case[] = [
  { url: '/hello' },
  { url: '/hello', method: 'HEAD' },
  { url: '/hello', method: 'OPTIONS' },
  { url: '/hello', headers: [['If-None-Match', 'W/"c-pAPMYDTDKsLhgYz9AKlmp3OMjFI"']] },
  { url: '/hello', headers: [['If-None-Match', '*']] },
  { url: '/none' },
  { url: '/none/%E0%A4%A', method: 'DELETE' },
  { url: '/user/%C3%BC?a=1&a=2&b[c]=d', headers: [['X-Forwarded-For', '9.9.9.9']] },
  { url: '/user/%zz' },
  {
    url: '/cookies',
    headers: [
      ['Cookie', 'a=1'],
      ['Cookie', 'b=2'],
    ],
  },
  { url: '/redirect', headers: [['Accept', 'text/html']] },
  { url: '/redirect', headers: [['Accept', 'text/plain']] },
  { url: '/gone' },
  { url: '/types', headers: [['Accept', 'text/html;q=0.5, application/json']] },
  { url: '/types', headers: [['Accept', 'image/png']] },
  { url: '/buffer' },
  { url: '/throws' },
  { url: '/rejects' },
  post('/json', '{"a":[1,"ü"]}'),
  post('/json', '{"a":'),
  post('/json', '[]'),
  post('/json', '"text"'),
  post('/json', ''),
  post('/json', `{"a":"${'x'.repeat(2000)}"}`),
  post('/json', '{"a":1}', [['Content-Type', 'application/json; charset=latin5']]),
  post('/json', '{"a":1}', [['Content-Type', 'text/plain']]),
  post('/json', '{"a":1}', [...json, ['Content-Encoding', 'bogus']]),
  post('/json', Buffer.from('{"a":"ü"}', 'utf16le'), [['Content-Type', 'application/json; charset=utf-16le']]),
  post('/form', 'a=1&b[]=2&b[]=3&c[d]=%C3%BC', [['Content-Type', 'application/x-www-form-urlencoded']]),
  post('/text', 'h\u00e9', [['Content-Type', 'text/plain; charset=utf-8']]),
  post('/bytes', Uint8Array.of(0, 255, 10), [['Content-Type', 'application/octet-stream']]),
  ...[
    'head-object',
    'head-reason',
    'head-list',
    'head-over-set',
    'no-content',
    'not-modified',
    'writes',
    'late',
    'own-length',
    'latin1',
    'flushed',
    'removed',
    'appended',
    'many',
    'reason',
    'unknown',
    'no-date',
    'states',
    'twice',
    'errors',
  ].map((name) => ({ url: `/raw/${name}` })),
  { url: '/raw/writes', method: 'HEAD' },
  { url: '/raw/own-length', method: 'HEAD' },
  {
    url: '/raw/request?q=1',
    headers: [
      ['X-Twice', 'a'],
      ['x-twice', 'b'],
      ['Accept', 'x/y'],
      ['Accept', 'z/z'],
      ['User-Agent', 'first'],
      ['User-Agent', 'second'],
      ['Set-Cookie', 'a=1'],
      ['set-cookie', 'b=2'],
    ],
  },
  post('/raw/body', new Uint8Array(200_000), []),
  post('/raw/text', 'ü'.repeat(70_000), []),
  post('/raw/piped', 'there and back', []),
]

/** Cases in which the connection breaks before there is a response. */
const BROKEN = ['/raw/destroyed', '/raw/socket-destroyed']

interface Page {
  makeApp: typeof realApp.makeApp
  events: string[]
  http: typeof shim
}

let page: Page
let server: realHttp.Server
const PORT = 3000

beforeAll(async () => {
  const { code } = await bundle(`
    import '${import.meta.dirname}/globals.ts'
    export { makeApp, events } from '${import.meta.dirname}/fixtures/app.ts'
    export * as http from '${import.meta.dirname}/http.ts'`)
  page = run<Page>(code)
  page.http.createServer(page.makeApp() as never).listen(PORT, '127.0.0.1')
  server = realHttp.createServer(realApp.makeApp())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const LEFT_OUT = /^(date|connection|keep-alive)$/i
const kept = (headers: Headers): Headers => headers.filter(([name]) => !LEFT_OUT.test(name))
const lengthOf = (body: string | Uint8Array): Headers => [['Content-Length', String(Buffer.byteLength(body))]]

function overNode({ method = 'GET', url, headers = [], body }: Case): Promise<Seen> {
  const { port } = server.address() as AddressInfo
  return new Promise((resolve, reject) => {
    const flat = [['Host', 'depot.test'], ...headers, ...(body === undefined ? [] : lengthOf(body))].flat()
    const request = realHttp.request({
      port,
      host: '127.0.0.1',
      path: url,
      method,
      headers: flat as never,
      agent: false,
    })
    request.on('response', (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => pieces.push(piece))
      response.on('error', reject)
      response.on('end', () => {
        const raw = response.rawHeaders
        const pairs = Array.from({ length: raw.length / 2 }, (_, at): [string, string] => [
          raw[2 * at] ?? '',
          raw[2 * at + 1] ?? '',
        ])
        const text = Buffer.concat(pieces).toString('latin1')
        resolve({
          status: response.statusCode ?? 0,
          reason: response.statusMessage ?? '',
          headers: kept(pairs),
          body: text,
        })
      })
    })
    request.on('error', reject)
    request.end(body)
  })
}

function request(
  { method = 'GET', url, headers = [], body }: Case,
  signal = new AbortController().signal,
): shim.WireRequest {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : (body ?? new Uint8Array())
  const all: Headers = [['Host', 'depot.test'], ...headers, ...(body === undefined ? [] : lengthOf(body))]
  return { method, url, headers: all, body: bytes, remoteAddress: '127.0.0.1', remotePort: 50_000, signal }
}

async function overPage(one: Case): Promise<Seen> {
  const { status, statusText, headers, body } = await page.http.deliver(PORT, request(one))
  return { status, reason: statusText, headers: kept(headers), body: Buffer.from(body).toString('latin1') }
}

/** Stacks differ; nothing else does. */
const plain = (seen: Seen): Seen => JSON.parse(JSON.stringify(seen))

describe('one express application over node:http and over the page', () => {
  test.each(
    CASES.map(
      (one) =>
        [
          `${one.method ?? 'GET'} ${one.url} ${JSON.stringify(one.headers ?? [])} ${String(one.body).slice(0, 20)}`,
          one,
        ] as const,
    ),
  )('%s', async (_, one) => {
    realApp.events.length = 0
    page.events.length = 0
    const [node, there] = [await overNode(one), await overPage(one)]
    await sleep(15)
    expect(plain(there)).toEqual(plain(node))
    expect([...page.events]).toEqual([...realApp.events])
  })

  test.each(BROKEN)('%s breaks off', async (url) => {
    await expect(overNode({ url })).rejects.toMatchObject({ code: 'ECONNRESET' })
    await expect(page.http.deliver(PORT, request({ url }))).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  test('an error after the first part breaks off', async () => {
    await expect(overNode({ url: '/late-error' })).rejects.toMatchObject({ code: 'ECONNRESET' })
    await expect(overPage({ url: '/late-error' })).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  test.each([undefined, 'a body that nobody reads'])('a client that breaks off: body %s', async (body) => {
    realApp.events.length = 0
    page.events.length = 0
    const { port } = server.address() as AddressInfo
    const real = realHttp.request({ port, host: '127.0.0.1', path: '/raw/waiting', method: 'POST', agent: false })
    real.on('error', () => {})
    real.end(body)
    await sleep(50)
    real.destroy()
    const client = new AbortController()
    const there = page.http.deliver(
      PORT,
      request({ url: '/raw/waiting', method: 'POST', ...(body && { body }) }, client.signal),
    )
    const outcome = there.catch((error: Error) => error.name)
    await sleep(20)
    client.abort()
    expect(await outcome).toBe('AbortError')
    await sleep(50)
    expect(realApp.events.some((one) => one.startsWith('res close false'))).toBe(true)
    expect([...page.events].sort()).toEqual([...realApp.events].sort())
  })
})

describe('a server', () => {
  test('lists and exports what Node does', () => {
    expect(shim.METHODS).toEqual(realHttp.METHODS)
    expect(shim.STATUS_CODES).toEqual(realHttp.STATUS_CODES)
  })

  test.each(['validateHeaderName', 'validateHeaderValue'] as const)('%s', (name) => {
    for (const args of [
      ['a', 'b'],
      ['a b', 'b'],
      ['', ''],
      ['x', undefined],
      ['x', 'a\r\nb'],
      ['x', 'ÿ'],
      ['x', 'Ā'],
    ]) {
      const outcome = (module: object): string => {
        try {
          return String(Reflect.get(module, name)(...args))
        } catch (error) {
          return `${(error as { code: string }).code} ${(error as Error).message}`
        }
      }
      expect(outcome(shim)).toBe(outcome(realHttp))
    }
  })

  /** Starts, asks and ends a server of either kind, and notes what it says. */
  async function life(http: { createServer: (handler?: never) => unknown }, port: number): Promise<unknown[]> {
    const notes: unknown[] = []
    const made = http.createServer() as realHttp.Server
    notes.push(
      made.listening,
      made.address(),
      made.keepAliveTimeout,
      made.headersTimeout,
      made.requestTimeout,
      made.timeout,
    )
    await new Promise<void>((resolve) => made.listen(port, '127.0.0.1', resolve))
    notes.push(made.listening, made.address())
    try {
      made.listen(port)
    } catch (error) {
      notes.push((error as { code: string }).code, (error as Error).message)
    }
    const second = http.createServer() as realHttp.Server
    const error = await new Promise<NodeJS.ErrnoException>((resolve) => {
      second.on('error', resolve).listen(port, '127.0.0.1')
    })
    notes.push(error.code, error.message, error.syscall, error.errno, (error as { port?: number }).port)
    await new Promise<void>((resolve) => made.close(() => resolve()))
    notes.push(made.listening, made.address())
    notes.push(await new Promise((resolve) => made.close((again) => resolve((again as { code?: string })?.code))))
    for (const bad of [-1, 65_536, 1.5]) {
      try {
        second.listen(bad)
      } catch (thrown) {
        notes.push((thrown as { code: string }).code, (thrown as Error).message)
      }
    }
    return notes
  }

  test('listens and closes like one of Node', async () => {
    const free = realHttp.createServer().listen(0)
    const { port } = free.address() as AddressInfo
    await new Promise((resolve) => free.close(resolve))
    expect(await life(shim as never, port)).toEqual(await life(realHttp as never, port))
  })

  test('is told of, refuses after its end, and lets go of requests in hand', async () => {
    const told: number[] = []
    shim.onListen((port) => told.push(port))
    const made = shim.createServer((_req: unknown, res: { end(text: string): void }) =>
      setTimeout(() => res.end('late'), 20),
    )
    made.listen(4000)
    expect(shim.listening()).toContain(4000)
    const inHand = shim.deliver(4000, request({ url: '/' }))
    await sleep(5)
    expect(told).toEqual([4000])
    const closed = new Promise<string>((resolve) => made.close(() => resolve('closed')))
    await expect(shim.deliver(4000, request({ url: '/' }))).rejects.toMatchObject({ code: 'ECONNREFUSED', port: 4000 })
    expect(await Promise.race([closed, sleep(5).then(() => 'not yet')])).toBe('not yet')
    expect(Buffer.from((await inHand).body).toString()).toBe('late')
    expect(await closed).toBe('closed')
  })
})
