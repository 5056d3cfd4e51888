import { Buffer } from '../buffer.ts'

/**
 * In place of iconv-lite (490 kB of tables) what request bodies come in: UTF-8, UTF-16, Latin-1 and ASCII. Other names it
 * does not know, which body-parser answers with 415.
 */
const LABELS: Record<string, string> = {
  utf8: 'utf-8',
  unicode11utf8: 'utf-8',
  utf16: 'utf-16',
  utf16le: 'utf-16le',
  ucs2: 'utf-16le',
  utf16be: 'utf-16be',
  latin1: 'latin1',
  iso88591: 'latin1',
  binary: 'latin1',
  ascii: 'ascii',
  usascii: 'ascii',
}

interface Decoder {
  write(bytes: Uint8Array): string
  end(): string
}

function label(encoding: string): string {
  const found = LABELS[`${encoding}`.toLowerCase().replace(/[^a-z0-9]/g, '')]
  if (found === undefined) throw new Error(`Encoding not recognized: '${encoding}' (searched as: '${encoding}')`)
  return found
}

export function encodingExists(encoding: string): boolean {
  try {
    label(encoding)
    return true
  } catch {
    return false
  }
}

export function getDecoder(encoding: string): Decoder {
  const name = label(encoding)
  if (name === 'latin1' || name === 'ascii') {
    return { write: (bytes) => Buffer.from(bytes).toString(name), end: () => '' }
  }
  if (name === 'utf-16') return byMark()
  const decoder = new TextDecoder(name)
  return {
    write: (bytes) => decoder.decode(new Uint8Array(bytes), { stream: true }),
    end: () => decoder.decode(),
  }
}

/** UTF-16 says by its first two bytes which half comes first; without them, the frequent zeros do. */
function byMark(): Decoder {
  let decoder: TextDecoder | undefined
  return {
    write(bytes) {
      if (decoder === undefined) {
        const [first, second] = bytes
        const big = (first === 0xfe && second === 0xff) || (first === 0 && second !== 0)
        decoder = new TextDecoder(big ? 'utf-16be' : 'utf-16le')
      }
      return decoder.decode(new Uint8Array(bytes), { stream: true })
    },
    end: () => decoder?.decode() ?? '',
  }
}

export function decode(bytes: Uint8Array | string, encoding: string): string {
  if (typeof bytes === 'string') return bytes
  const decoder = getDecoder(encoding)
  return decoder.write(bytes) + decoder.end()
}

export function encode(text: string, encoding: string): Buffer {
  const name = label(encoding)
  if (name === 'utf-16be') return Buffer.from(text, 'utf16le').swap16()
  return Buffer.from(text, name === 'utf-16' ? 'utf16le' : (name as BufferEncoding))
}

const module = { decode, encode, encodingExists, getDecoder }

export { module as 'module.exports' }
export default module
