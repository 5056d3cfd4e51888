/** A blocklist that nobody can have seen before, for graded runs. */
import { randomInt } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

const ENTRIES = 2_000
const kinds = ['ABCDEFGHJKLMNPQRSTUVWXYZ', 'abcdefghijkmnpqrstuvwxyz', '23456789', '!#%+-=?@_~'] as const

/** Writes a blocklist of random entries of 18 to 24 characters; lines end in LF and CRLF in turn, as in a file that passed many hands. */
export async function writeRandomBlocklist(file: string): Promise<void> {
  const lines = Array.from({ length: ENTRIES }, (_, i) => `${entry(randomInt(18, 25))}${i % 2 === 0 ? '\n' : '\r\n'}`)
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, lines.join(''), { mode: 0o644 })
}

/** The entries of a blocklist file, with the ends of their lines. */
export async function readBlocklist(file: string): Promise<{ text: string; ending: 'lf' | 'crlf' }[]> {
  const lines = (await readFile(file, 'utf8')).split('\n')
  return lines
    .map((line) =>
      line.endsWith('\r')
        ? ({ text: line.slice(0, -1), ending: 'crlf' } as const)
        : ({ text: line, ending: 'lf' } as const),
    )
    .filter((e) => e.text !== '')
}

/** Holds all four kinds of characters, so that the list alone is a reason to refuse it. */
function entry(length: number): string {
  const all = kinds.join('')
  const chars = [...kinds.map((kind) => pick(kind)), ...Array.from({ length: length - kinds.length }, () => pick(all))]
  for (let i = chars.length - 1; i > 0; i--) {
    const j = randomInt(0, i + 1)
    ;[chars[i], chars[j]] = [chars[j] as string, chars[i] as string]
  }
  const text = chars.join('')
  return /depot/i.test(text) ? entry(length) : text
}

const pick = (alphabet: string) => alphabet[randomInt(0, alphabet.length)] as string
