import { describe, expect, test } from 'vitest'
import { actOf, curlOf, cut, type Exchange, receivedOf, shorten } from './exchange.ts'

const exchange = (over: Partial<Exchange> = {}): Exchange => ({
  method: 'POST',
  url: 'http://127.0.0.1:3000/api/auth/login?x=1',
  requestHeaders: {},
  ms: 1,
  at: 0,
  ...over,
})
const answer = (body: string, headers: Record<string, string> = {}, status = 200) => {
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch {
    json = undefined
  }
  return { status, headers, headerNames: Object.keys(headers), body, json }
}

/** The words that a shell makes of a line, for lines of bare words and single quotes (and a quote escaped between them). */
function wordsOf(line: string): string[] {
  const words: string[] = []
  let word = ''
  let quoted = false
  for (let i = 0; i < line.length; i++) {
    const c = line.charAt(i)
    if (c === "'") quoted = !quoted
    else if (!quoted && c === '\\') word += line.charAt(++i)
    else if (!quoted && c === ' ') {
      words.push(word)
      word = ''
    } else word += c
  }
  expect(quoted).toBe(false)
  return [...words, word]
}

describe('cutting', () => {
  test('leaves a short text as it is', () => {
    expect(cut('12345', 5)).toBe('12345')
  })
  test('says how long the whole was', () => {
    expect(cut('1234567890', 5)).toBe('1234… (10 characters)')
  })
  test('makes every control character visible, those of a terminal above all', () => {
    expect(cut('a\u001b[31mb\u0007\u009b2Jc\u0000\r\n\u007f', 100)).toBe('a\\x1b[31mb\\x07\\x9b2Jc\\x00\\x0d⏎\\x7f')
  })
  test('leaves letters of any script alone', () => {
    expect(cut('Zażółć 猫 é', 100)).toBe('Zażółć 猫 é')
  })
})

describe('shortening', () => {
  test('leaves four characters of a token, and its length', () => {
    const token = `eyJh${'A'.repeat(60)}`
    expect(shorten(`{"accessToken":"${token}"}`)).toBe('{"accessToken":"eyJh…(64)"}')
  })
  test('spares words and ids', () => {
    const text = '{"code":"invalid_credentials","id":"5f0c954e-27a4-4c21"}'
    expect(shorten(text)).toBe(text)
  })
  test('shortens each of several', () => {
    expect(shorten(`${'a'.repeat(32)} ${'b'.repeat(31)} ${'c'.repeat(40)}`)).toBe(
      `aaaa…(32) ${'b'.repeat(31)} cccc…(40)`,
    )
  })
})

describe('what came back, in a line', () => {
  test('status and body of a JSON answer', () => {
    expect(receivedOf(exchange({ response: answer('{"code":"x"}', {}, 401) }))).toBe('401 {"code":"x"}')
  })
  test('the content type where it is no JSON', () => {
    expect(receivedOf(exchange({ response: answer('<h1>', { 'content-type': 'text/html; charset=utf-8' }) }))).toBe(
      '200 text/html: <h1>',
    )
    expect(receivedOf(exchange({ response: answer('') }))).toBe('200 no content type:')
  })
  test('the trouble where there was no answer', () => {
    expect(receivedOf(exchange({ trouble: { kind: 'refused', text: 'nothing listens there' } }))).toBe(
      'nothing listens there',
    )
  })
  test('no token whole, no terminal sequence, not more than a few lines', () => {
    const text = receivedOf(
      exchange({ response: answer(JSON.stringify({ t: 'A'.repeat(50), x: '\u009b2J', rest: 'a b '.repeat(500) })) }),
    )
    expect(text).not.toContain('A'.repeat(32))
    expect(text).not.toContain('\u009b')
    expect(text.length).toBeLessThan(260)
  })
})

test('the act is method and path', () => {
  expect(actOf(exchange())).toBe('POST /api/auth/login')
})

describe('the request as a command', () => {
  test('method, address, the headers that matter, body', () => {
    const command = curlOf(
      exchange({
        requestHeaders: { 'content-type': 'application/json', 'user-agent': 'Mozilla', accept: '*/*' },
        requestBody: '{"a":1}',
      }),
    )
    expect(wordsOf(command)).toEqual([
      'curl',
      '-i',
      '-X',
      'POST',
      'http://127.0.0.1:3000/api/auth/login?x=1',
      '-H',
      'content-type: application/json',
      expect.stringMatching(/^--data-(binary|raw)$/),
      '{"a":1}',
    ])
  })
  test('a quote in the body does not end the word', () => {
    const body = `{"password":"it's '; rm -rf ~; '"}`
    expect(
      wordsOf(curlOf(exchange({ requestHeaders: { 'content-type': 'application/json' }, requestBody: body }))).at(-1),
    ).toBe(body)
  })
  test('a token is not given away', () => {
    const token = 'A'.repeat(80)
    expect(curlOf(exchange({ requestHeaders: { authorization: `Bearer ${token}` } }))).not.toContain(token)
  })
  test('without a body there is no word for one', () => {
    expect(curlOf(exchange({ method: 'GET' }))).not.toContain('--data')
  })
  test('sends no content type where none was sent (curl adds one to a body by itself)', () => {
    expect(wordsOf(curlOf(exchange({ requestBody: '{}' })))).toContain('content-type:')
  })
  test('a body that begins with @ is sent, not read from a file', () => {
    const command = curlOf(exchange({ requestHeaders: { 'content-type': 'text/plain' }, requestBody: '@/etc/passwd' }))
    expect(command).not.toMatch(/--data(-binary|-ascii)? /)
  })
})
