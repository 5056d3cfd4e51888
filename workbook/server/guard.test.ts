import type { IncomingHttpHeaders } from 'node:http'
import { describe, expect, test } from 'vitest'
import { BODY_LIMIT, objection, onlyOurPages, strangerIn } from './guard.ts'

const token = 'A'.repeat(32)
const host = '127.0.0.1:4321'
const own = { host, 'x-workbook-token': token }
const json = { ...own, 'content-type': 'application/json', 'content-length': '2' }
const statusOf = (method: string, headers: IncomingHttpHeaders) => objection(method, headers, token)?.status

describe('a name of this machine', () => {
  test.each(['127.0.0.1', '127.0.0.1:4321', 'localhost', 'localhost:80', 'LOCALHOST:4321', '[::1]', '[::1]:4321'])(
    '%s is answered',
    (name) => expect(strangerIn({ host: name })).toBeUndefined(),
  )
})

describe('another name', () => {
  test.each([
    'evil.test',
    'evil.test:4321',
    'localhost.evil.test',
    'localhost.evil.test:4321',
    '127.0.0.1.evil.test:4321',
    'evil.test.localhost',
    'localhost.',
    'evil.test@127.0.0.1:4321',
    '127.0.0.1:4321@evil.test',
    '127.0.0.1:80:4321',
    '127.0.0.1:4321, evil.test',
    '127.0.0.1:123456',
    '127.0.0.1:',
    '127.0.0.1 ',
    '127.0.0.2',
    '127.1',
    '2130706433',
    '0.0.0.0:4321',
    '::1',
    '[::1',
    '[::ffff:127.0.0.1]:4321',
    '192.168.1.4:4321',
    'lоcalhost',
    '',
    undefined,
  ])('%s gets nothing, whatever else it brings', (name) => {
    const named: IncomingHttpHeaders = name === undefined ? {} : { host: name }
    for (const method of ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS'])
      expect(statusOf(method, { ...json, host: undefined, ...named })).toBe(403)
  })
})

describe('an origin', () => {
  test.each([undefined, `http://${host}`, `HTTP://${host}`])('%s is our own', (origin) => {
    expect(strangerIn(origin === undefined ? { host } : { host, origin })).toBeUndefined()
  })
  test.each([
    'null',
    '',
    'http://evil.test',
    'http://127.0.0.1',
    'http://127.0.0.1:3000',
    `https://${host}`,
    `http://${host}.evil.test`,
    `http://${host}, http://evil.test`,
    `http://localhost:4321`,
  ])('%j is not', (origin) => {
    for (const method of ['GET', 'POST']) expect(statusOf(method, { ...json, origin })).toBe(403)
  })
  test('that is the same as a foreign name is none of ours either: that is DNS rebinding', () => {
    expect(statusOf('POST', { ...json, host: 'evil.test:4321', origin: 'http://evil.test:4321' })).toBe(403)
  })
})

describe('a call that changes something', () => {
  const { 'x-workbook-token': _, ...without } = json
  test('needs the token of this start', () => {
    for (const method of ['POST', 'DELETE', 'PUT', 'PATCH', 'OPTIONS', 'TRACE', 'get']) {
      expect(statusOf(method, json)).toBeUndefined()
      expect(statusOf(method, without)).toBe(401)
    }
  })
  test.each(['', 'A', 'A'.repeat(31), 'A'.repeat(33), `${'A'.repeat(31)}B`, 'a'.repeat(32), `${'A'.repeat(31)}\u00e9`])(
    'is refused with the token %j',
    (given) => expect(statusOf('POST', { ...without, 'x-workbook-token': given })).toBe(401),
  )
  test.each([
    ['application/json', undefined],
    ['Application/JSON; charset=utf-8', undefined],
    ['text/plain', 415],
    ['application/x-www-form-urlencoded', 415],
    ['multipart/form-data; boundary=x', 415],
    ['text/plain; application/json', 415],
    ['application/jsonp', 415],
    [undefined, 415],
  ])('with a body of the type %s: %s', (type, status) => {
    expect(statusOf('POST', { ...json, 'content-type': type })).toBe(status)
  })
  test('may have no body at all', () => {
    expect(statusOf('DELETE', own)).toBeUndefined()
    expect(statusOf('DELETE', { ...own, 'content-length': '0' })).toBeUndefined()
  })
})

describe('a body', () => {
  test.each([
    [{ 'content-length': String(BODY_LIMIT) }, undefined],
    [{ 'content-length': String(BODY_LIMIT + 1) }, 413],
    [{ 'content-length': '1e99' }, 413],
    [{ 'content-length': 'many' }, 413],
    [{ 'transfer-encoding': 'chunked' }, 411],
  ])('%j is judged before it is read: %s', (length, status) => {
    expect(statusOf('POST', { ...json, ...length })).toBe(status)
    expect(statusOf('GET', { host, ...length })).toBe(status)
  })
})

test.each([
  [undefined, true],
  ['same-origin', true],
  ['none', true],
  ['same-site', false],
  ['cross-site', false],
  ['', false],
  ['something-new', false],
])('a browser that says the request comes from %j reaches the API: %s', (site, through) => {
  let passed = false
  let status = 0
  const response = {
    set: () => response,
    status: (code: number) => {
      status = code
      return response
    },
    json: () => response,
  }
  const headers = site === undefined ? { host } : { host, 'sec-fetch-site': site }
  const next = () => {
    passed = true
  }
  onlyOurPages(token)({ method: 'GET', headers } as never, response as never, next)
  expect([passed, status]).toEqual(through ? [true, 0] : [false, 403])
})
