import * as node from 'node:buffer'
import { inspect as nodeInspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import page from './buffer.ts'
import { compare, outcome } from './fixtures/same.ts'
import { inspect } from './inspect.ts'

const ENCODINGS = [
  'utf8',
  'UTF-8',
  'hex',
  'base64',
  'base64url',
  'BASE64URL',
  'latin1',
  'binary',
  'ascii',
  'ucs2',
  'utf16le',
  'none',
  '',
]
const TEXTS = [
  '',
  'abc',
  'ü€😀',
  'aGk_-w',
  'aGk/+w==',
  'a b\nc',
  '6162zz',
  '616',
  '\ud800x',
  'not base64!!',
  '=',
  'YQ=',
  '-_-_',
  'x'.repeat(300),
]
const bytes = (...all: number[]): Uint8Array => Uint8Array.from(all)
const BROKEN = [
  bytes(),
  bytes(0xff),
  bytes(0xc3),
  bytes(0xe2, 0x82),
  bytes(0xf0, 0x9f, 0x98, 0x61),
  bytes(0xef, 0xbb, 0xbf, 0x61),
  bytes(0xed, 0xa0, 0x80),
  bytes(1, 2, 3, 250, 251, 252, 253),
  bytes(0x41, 0xd8, 0x3d, 0xde, 0x00),
]

compare(
  page,
  node,
  {
    isUtf8: BROKEN.map((one) => [one]),
    isAscii: [...BROKEN, bytes(1, 127)].map((one) => [one]),
    SlowBuffer: [[0], [5]].map(([size]) => [size]).filter(([size]) => size === 0),
    atob: [['YQ=='], ['YQ'], ['*']],
    btoa: [['a'], ['€']],
  },
  ['Buffer', 'Blob', 'File'],
)

type Maker = typeof globalThis.Buffer
const same = async (run: (made: Maker) => unknown): Promise<void> => {
  expect(await outcome(() => run(page.Buffer)), String(run)).toEqual(await outcome(() => run(node.Buffer)))
}

/** The deprecated method: packages use it still. */
const sliceOf = (buffer: Uint8Array, from: number, to: number): Buffer =>
  (buffer as unknown as { slice(from: number, to: number): Buffer }).slice(from, to)

describe('Buffer', () => {
  test.each(ENCODINGS)('text in %j', async (name) => {
    const encoding = name as BufferEncoding
    await same((made) => made.isEncoding(name))
    for (const text of TEXTS) {
      await same((made) => made.from(text, encoding))
      await same((made) => made.byteLength(text, encoding))
      await same((made) => {
        const into = made.alloc(8)
        return [into.write(text, 1, 5, encoding), into]
      })
      await same((made) => made.alloc(5, text.length > 0 ? text : 'y', encoding))
      // Node 24.21 itself aborts when it looks for half a pair of surrogates.
      if (text.isWellFormed())
        await same((made) => [
          made.from('xxabcabc').indexOf(text, 1, encoding),
          made.from('xxabc').includes(text, 0, encoding),
          made.from('abcabc').lastIndexOf(text, 9, encoding),
        ])
    }
    for (const some of BROKEN) {
      await same((made) => made.from(some).toString(encoding))
      await same((made) => made.from(some).toString(encoding, 1, 3))
    }
  })

  test('making and joining', async () => {
    const runs: ((made: Maker) => unknown)[] = [
      (made) => made.from([1, 256, -1, 2.9]),
      (made) => made.from(bytes(1, 2)),
      (made) => made.from(bytes(1, 2, 3, 4).buffer as ArrayBuffer, 1, 2),
      (made) => made.from(made.from('abc')),
      (made) => made.from({ type: 'Buffer', data: [1, 2] } as never),
      (made) => made.of(1, 2, 300),
      (made) => made.concat([bytes(1), made.from('b')]),
      (made) => made.concat([bytes(1), bytes(2, 3)], 2),
      (made) => made.concat([bytes(1)], 4),
      (made) => made.alloc(3, 7),
      (made) => made.allocUnsafe(4).length,
      (made) => made.allocUnsafeSlow(4).length,
      (made) => made.copyBytesFrom(new Uint16Array([1, 2, 3]), 1, 1),
      (made) => [made.isBuffer(made.alloc(1)), made.isBuffer(bytes(1))],
      (made) => made.compare(bytes(1, 2), bytes(1, 3)),
      (made) => made.from('a').equals(bytes(97)),
      (made) => made.from('abc').compare(bytes(97)),
      (made) => JSON.stringify(made.from('abc')),
      (made) => [...made.from('abc').entries()],
      (made) => made.from('abc') instanceof Uint8Array,
    ]
    for (const one of runs) await same(one)
  })

  test('parts', async () => {
    const runs: ((made: Maker) => unknown)[] = [
      (made) => made.from('abcdef').subarray(1, 3),
      (made) => made.from('abcdef').subarray(-2).toString(),
      (made) => made.isBuffer(made.from('abcdef').subarray(1)),
      (made) => sliceOf(made.from('abcdef'), 2, -1),
      (made) => {
        const all = made.from('abcdef')
        sliceOf(all, 0, 2).fill(0)
        return all
      },
      (made) => {
        const into = made.alloc(4)
        return [made.from('abcdef').copy(into, 1, 2, 9), into]
      },
      (made) => made.from('abcd').swap16(),
      (made) => made.from('abcdefgh').swap32(),
      (made) => made.from('abcdefgh').swap64(),
      (made) => made.alloc(6).fill('ab'),
      (made) => made.alloc(6).fill('6162', 'hex'),
      (made) => made.alloc(6).fill('YQ', 1, 'base64url'),
    ]
    for (const one of runs) await same(one)
  })

  test('numbers', async () => {
    const names = Object.getOwnPropertyNames(node.Buffer.prototype).filter((name) => /^read/.test(name))
    for (const name of names) {
      await same((made) => {
        const from = made.from([0x81, 2, 0xf3, 4, 5, 6, 7, 0x88, 9])
        const read = Reflect.get(from, name)
        return [/U?[iI]nt[BL]E$/.test(name) ? Reflect.apply(read, from, [1, 6]) : Reflect.apply(read, from, [1])]
      })
      await same((made) => {
        const into = made.alloc(12)
        const write = Reflect.get(into, name.replace('read', 'write'))
        const value = name.includes('Big') ? 77n : 77
        return [Reflect.apply(write, into, /U?[iI]nt[BL]E$/.test(name) ? [value, 2, 5] : [value, 2]), into]
      })
    }
  })

  test('how it is shown', () => {
    for (const some of [...BROKEN, new Uint8Array(60), new Uint8Array(51)])
      expect(inspect(page.Buffer.from(some))).toBe(nodeInspect(node.Buffer.from(some)))
  })
})
