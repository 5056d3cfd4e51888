import * as node from 'node:querystring'
import { compare } from './fixtures/same.ts'
import page from './querystring.ts'

const TEXTS = [
  '',
  'a=1',
  'a=1&a=2&a=3',
  'a',
  'a=',
  '=b',
  '&&a=1&',
  'a=b=c',
  'a+b=c+d',
  '%C3%BC=%E2%82%AC',
  '%zz=%',
  '%FF=%C3',
  'a%20b',
  '__proto__=1',
  'toString=1',
  'a;b=1',
]
const each: unknown[][] = [...TEXTS, 5, undefined, null, {}].map((one) => [one])
const parsed = [
  ...each,
  ['a:1;b:2', ';', ':'],
  ['a=1&b=2&c=3', null, null, { maxKeys: 2 }],
  ['a=1&b=2', '&', '=', { maxKeys: 0 }],
  [
    'a%1',
    '',
    '',
    {
      decodeURIComponent: () => {
        throw new Error('no')
      },
    },
  ],
]
const written = [
  [{ a: 1, b: ['x', 'ü'], c: true, d: undefined, e: null, f: {}, g: 5n, h: Number.NaN }],
  [{ 'a b': '&=' }, ';', ':'],
  ['text'],
  [undefined],
  [{ a: 'x' }, null, null, { encodeURIComponent: () => '!' }],
  [[1, 2]],
  [{ a: '\ud800' }],
]
compare(page, node, {
  parse: parsed,
  decode: parsed,
  stringify: written,
  encode: written,
  escape: [['a b'], ['ü!*()'], ['\ud800'], [5], [{}], [undefined]],
  unescape: TEXTS.map((one) => [one]),
  unescapeBuffer: TEXTS.map((one) => [one]),
})
