import * as node from 'node:string_decoder'
import { expect, test } from 'vitest'
import { compare, outcome } from './fixtures/same.ts'
import page from './string_decoder.ts'

compare(page, node, {}, ['StringDecoder'])

const TEXT = Buffer.from('a ü € 😀 end 😀')
const BROKEN = Buffer.from([0xf0, 0x9f, 0x41, 0xc3, 0xff, 0xe2, 0x82])

test.each([
  'utf8',
  'UTF-8',
  'utf16le',
  'ucs2',
  'latin1',
  'binary',
  'ascii',
  'hex',
  'base64',
  'base64url',
  'none',
  undefined,
])('%s', async (name) => {
  for (const bytes of [TEXT, BROKEN, Buffer.from('😀€', 'utf16le')]) {
    for (let size = 1; size < 6; size += 1) {
      const run = (made: typeof node) => () => {
        const decoder = new made.StringDecoder(name as BufferEncoding)
        const pieces = [Reflect.get(decoder, 'encoding')]
        for (let at = 0; at < bytes.length; at += size)
          pieces.push(decoder.write(bytes.subarray(at, at + size)) as never)
        return pieces.join('') + decoder.end(bytes.subarray(0, 1)) + decoder.end()
      }
      // Where a letter begun becomes U+FFFD, at once or with the next piece, is left open; the whole text is not.
      expect(await outcome(run(page as never))).toEqual(await outcome(run(node)))
    }
  }
})

test('half of a pair of surrogates waits', () => {
  for (const made of [page as never as typeof node, node]) {
    const decoder = new made.StringDecoder('utf16le')
    expect([0, 2].map((at) => decoder.write(Buffer.from('😀', 'utf16le').subarray(at, at + 2)))).toEqual(['', '😀'])
  }
})

test('wrong arguments', async () => {
  for (const wrong of [undefined, null, 5, {}]) {
    const run = (made: typeof node) => () => new made.StringDecoder('utf8').write(wrong as never)
    expect(await outcome(run(page as never))).toEqual(await outcome(run(node)))
  }
})
