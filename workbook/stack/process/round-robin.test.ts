import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { openRoundRobin } from './round-robin.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function serve(handle: http.RequestListener): Promise<string> {
  const server = http.createServer(handle)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
async function inFront(...replicas: string[]): Promise<string> {
  const robin = await openRoundRobin(replicas, 0)
  ends.push(robin.close)
  return `http://127.0.0.1:${robin.port}`
}
const gone = 'http://127.0.0.1:1'

describe('a round-robin', () => {
  test('asks the programs in turn, each request once', async () => {
    const asked: string[] = []
    const named = (name: string) =>
      serve((req, res) => {
        asked.push(`${name}${req.url}`)
        res.end(name)
      })
    const origin = await inFront(await named('a'), await named('b'))
    const answers = []
    for (let i = 0; i < 4; i++) answers.push(await (await fetch(`${origin}/${i}`)).text())
    expect(answers).toEqual(['a', 'b', 'a', 'b'])
    expect(asked).toEqual(['a/0', 'b/1', 'a/2', 'b/3'])
  })
  test('changes neither method, path, fields nor body, either way', async () => {
    let seen: { head: string[]; method?: string | undefined; url?: string | undefined; body: string } | undefined
    const origin = await inFront(
      await serve(async (req, res) => {
        let body = ''
        for await (const chunk of req) body += chunk
        seen = { head: req.rawHeaders, method: req.method, url: req.url, body }
        res.writeHead(201, 'Made It', [
          'Set-Cookie',
          'a=1; Path=/',
          'Set-Cookie',
          'b=2',
          'X-Request-Id',
          'r-1',
          'Content-Length',
          '2',
        ])
        res.end('ok')
      }),
    )
    const port = Number(new URL(origin).port)
    const text = await new Promise<string>((resolve) => {
      let all = ''
      const socket = net.connect(port, '127.0.0.1')
      socket.on('data', (data) => {
        all += data
      })
      socket.on('close', () => resolve(all))
      socket.write(
        'PATCH /api/x?y=%2F HTTP/1.1\r\nHost: depot.example\r\nX-Request-Id: r-1\r\nCookie: a=1\r\nX-Two: 1\r\nX-Two: 2\r\nContent-Length: 4\r\nConnection: close, X-Mine\r\nX-Mine: 1\r\n\r\nbody',
      )
    })
    expect(seen).toMatchObject({ method: 'PATCH', url: '/api/x?y=%2F', body: 'body' })
    const { head } = seen as { head: string[] }
    expect(head.join('|')).toContain('Host|depot.example|X-Request-Id|r-1|Cookie|a=1|X-Two|1|X-Two|2')
    expect(head).not.toContain('X-Mine')
    expect(head).not.toContain('close, X-Mine')
    expect(text).toMatch(/^HTTP\/1\.1 201 Made It\r\n/)
    expect(text.match(/^Set-Cookie: .*$/gm)).toEqual(
      ['Set-Cookie: a=1; Path=/\r', 'Set-Cookie: b=2\r'].map((l) => l.trimEnd()),
    )
    expect(text).toMatch(/\r\n\r\nok$/)
  })
  test('passes an answer on while it comes', async () => {
    const origin = await inFront(
      await serve(async (_req, res) => {
        res.write('first')
        await sleep(200)
        res.end('last')
      }),
    )
    const started = performance.now()
    const reader = (await fetch(origin)).body?.getReader()
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('first')
    expect(performance.now() - started).toBeLessThan(180)
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('last')
  })
  test('answers 502 for a program that is gone, tries no other, and goes on', async () => {
    let asked = 0
    const origin = await inFront(
      gone,
      await serve((_req, res) => {
        asked++
        res.end('b')
      }),
    )
    const first = await fetch(origin, { headers: { 'x-request-id': 'r-7' } })
    expect(first.status).toBe(502)
    expect(first.headers.get('x-request-id')).toBe('r-7')
    expect(await first.json()).toMatchObject({ status: 502, code: 'bad_gateway' })
    expect(asked).toBe(0)
    expect((await fetch(origin)).status).toBe(200)
  })
  test('does not repeat a request whose connection ends without an answer', async () => {
    let asked = 0
    const origin = await inFront(
      await serve((req) => {
        asked++
        req.socket.destroy()
      }),
    )
    expect((await fetch(origin, { method: 'POST', body: '{}' })).status).toBe(502)
    expect(asked).toBe(1)
  })
  test('ends an answer that ends in the middle, and a request whose client goes', async () => {
    let closed: Promise<unknown> | undefined
    const origin = await inFront(
      await serve((req, res) => {
        if (req.url === '/half') {
          res.write('half')
          setTimeout(() => req.socket.destroy(), 30)
        } else closed = new Promise((resolve) => res.once('close', () => resolve('closed')))
      }),
    )
    await expect(fetch(`${origin}/half`).then((res) => res.text())).rejects.toThrow()
    const leaving = new AbortController()
    const waiting = fetch(`${origin}/wait`, { signal: leaving.signal }).catch(() => {})
    await sleep(60)
    leaving.abort()
    await waiting
    expect(await closed).toBe('closed')
  })
})
