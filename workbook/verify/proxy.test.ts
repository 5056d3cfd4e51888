import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient } from '../grader/kit/http.ts'
import type { Stack } from '../stack/types.ts'
import { more, reversed, shouting } from './benign.ts'
import { type ProxyOptions, pairs, proxied, type Reply } from './proxy.ts'

const reply = (value: unknown, status = 200): Reply => ({
  status,
  headers: ['Content-Type', 'application/json', 'Content-Length', '1'],
  body: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
})
const text = (r: Reply) => r.body.toString('utf8')

describe('benign changes', () => {
  test('turn the members of objects, also within lists, and leave lists as they are', () => {
    expect(text(reversed(reply({ a: 1, b: [1, { c: 2, d: 3 }] })))).toBe('{"b":[1,{"d":3,"c":2}],"a":1}')
  })
  test('keep the length true', () => {
    const changed = more(reply({ a: 'ü' }))
    expect(pairs(changed.headers)).toContainEqual(['Content-Length', String(changed.body.length)])
    expect(pairs(changed.headers)).toHaveLength(2)
  })
  test('add members to a success alone', () => {
    expect(JSON.parse(text(more(reply({ a: 1 }))))).toMatchObject({ a: 1, apiVersion: 7 })
    expect(text(more(reply({ a: 1 }, 401)))).toBe('{"a":1}')
  })
  test('leave alone what is no JSON', () => {
    expect(reversed(reply('<html>'))).toEqual(reply('<html>'))
  })
  test('write header names in capitals', () => {
    expect(shouting(reply({})).headers.slice(0, 2)).toEqual(['CONTENT-TYPE', 'application/json'])
  })
})

describe('the proxy', () => {
  const server = http.createServer(async (req, res) => {
    let body = ''
    for await (const chunk of req) body += chunk
    if (req.url === '/api/drop') return void res.destroy()
    res.writeHead(201, { 'content-type': 'application/json', 'x-method': req.method })
    res.end(JSON.stringify({ body, agent: req.headers['user-agent'] }))
  })
  let stack: Stack
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    stack = {
      origin: `http://127.0.0.1:${port}`,
      replicas: [''],
      secondSource: async () => 'second',
    } as unknown as Stack
  })
  afterAll(() => void server.close())

  async function through(options: ProxyOptions, path = '/x') {
    const around = await proxied(stack, options)
    const client = createClient({ origin: around.stack.origin, userAgent: 'sample' })
    try {
      return {
        exchange: await client.post(path, { json: { a: 1 } }),
        stack: around.stack,
        second: await around.stack.secondSource(),
      }
    } finally {
      client.close()
      await around.close()
    }
  }

  test('passes on method, headers, body and status', async () => {
    const { exchange, second } = await through({})
    expect(exchange.response).toMatchObject({ status: 201, json: { body: '{"a":1}', agent: 'sample' } })
    expect(exchange.response?.headers['x-method']).toBe('POST')
    expect(second).toBe('second')
  })
  test('changes answers, and tells them as they were', async () => {
    const seen: string[] = []
    const change = (r: Reply) => ({ ...r, status: 418 })
    const { exchange } = await through({ change, onPassed: (p) => seen.push(`${p.method} ${p.path} ${p.status}`) })
    expect([exchange.response?.status, seen]).toEqual([418, ['POST /api/x 201']])
  })
  test('delays', async () => {
    expect((await through({ delay: 60 })).exchange.ms).toBeGreaterThanOrEqual(58)
  })
  test('drops a connection where the server does', async () => {
    expect((await through({}, '/drop')).exchange.trouble?.kind).toBe('closed')
  })
  test('at ::1 offers no second address', async () => {
    const { exchange, second } = await through({ host: '::1', name: '[::1]' })
    expect([exchange.response?.status, second]).toEqual([201, undefined])
  })
})
