import * as node from 'node:url'
import { expect, test } from 'vitest'
import { compare, outcome, plain } from './fixtures/same.ts'
import page from './url.ts'

const URLS = [
  '/',
  '/a/b?c=d#e',
  '/a b',
  '//host/path',
  '/a//b',
  '/?',
  '/a?b?c',
  '?x=1',
  '#h',
  '',
  'a/b',
  'http://a.test',
  'HTTP://User:Pa%20ss@A.Test:80/x?y=1&y=2#z',
  'https://[::1]:8443/p',
  'http://a.test?q',
  'http://a.test#h',
  'postgres://u:p@db:5432/name?sslmode=x',
  'redis://localhost',
  '/a\\b',
  '/a"b<c>{d}',
  '/%zz',
  '/ü',
  ' /trimmed ',
  'mailto:a@b.test',
  "/it's",
  '/a^b`c|d',
]
const each = URLS.map((one) => [one])
compare(
  page,
  node,
  {
    parse: [...each, ...URLS.map((one) => [one, true]), ...URLS.map((one) => [one, false, true]), [5], [undefined]],
    format: [
      ...each,
      [new URL('http://u:p@a.test/x?y#z')],
      [new URL('http://u:p@a.test/x?y#z'), { auth: false, fragment: false, search: false }],
      [{ protocol: 'http', hostname: 'a', port: 1, pathname: 'x?#', query: { a: [1, 2] }, hash: 'h' }],
      [{ host: 'a:1', auth: 'u:p', slashes: true, search: 'a#b' }],
      [{ pathname: '/x' }],
      [5],
    ],
    resolve: [
      ['/one/two/three', 'four'],
      ['http://a.test/', '/one'],
      ['http://a.test/one', '../x?y#z'],
      ['/a', 'http://b.test/c'],
      ['/a/b?c', '?d'],
      ['/a/b', '#h'],
    ],
    fileURLToPath: [
      ['file:///a%20b/c'],
      [new URL('file:///x')],
      ['http://a/b'],
      ['file://host/a'],
      ['file:///a%2fb'],
      [5],
      ['no'],
    ],
    pathToFileURL: [['/a b/c#d?e%'], ['/ü'], ['/a\\b'], [5]],
    urlToHttpOptions: [[new URL('http://u:p@[::1]:1/x?y#z')], [new URL('https://a.test')]],
    domainToASCII: [['español.com'], ['xn--iñvalid.com'], ['A.test']],
  },
  ['URL', 'URLSearchParams', 'Url'],
)

test('Url', async () => {
  for (const text of URLS) {
    const run = (made: typeof node) => () => {
      const url = new (made as never as { Url: new () => { parse(text: string): void; format(): string } }).Url()
      url.parse(text)
      return [plain(url), url.format()]
    }
    expect(await outcome(run(page as never))).toEqual(await outcome(run(node)))
  }
})
