/** The text of a blocklist. Needs nothing of Node. */

const ENTRIES = 2_000
const kinds = ['ABCDEFGHJKLMNPQRSTUVWXYZ', 'abcdefghijkmnpqrstuvwxyz', '23456789', '!#%+-=?@_~'] as const

/** An entry, with the end of its line. */
export interface Entry {
  text: string
  ending: 'lf' | 'crlf'
}

/** Random entries of 18 to 24 characters; lines end in LF and CRLF in turn, as in a file that passed many hands. */
export function randomBlocklist(): string {
  return Array.from({ length: ENTRIES }, (_, i) => `${entry(randomInt(18, 25))}${i % 2 === 0 ? '\n' : '\r\n'}`).join('')
}

export function entriesOf(blocklist: string): Entry[] {
  return blocklist
    .split('\n')
    .map(
      (line): Entry =>
        line.endsWith('\r') ? { text: line.slice(0, -1), ending: 'crlf' } : { text: line, ending: 'lf' },
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

/** From `least` to below `most`. Of 2^32 values, so no value of these small ranges is likelier by more than one in 10^8. */
function randomInt(least: number, most: number): number {
  const [value = 0] = crypto.getRandomValues(new Uint32Array(1))
  return least + (value % (most - least))
}
