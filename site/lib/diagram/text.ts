/** Measures text without a browser: near enough for the sans-serif system fonts that the site asks for. */

const NARROW = new Set("iljtfrI.,:;'|!()[]{}-` ")
const WIDE = new Set('mwMWQO@%&—')

/** Semibold text, as in boxes, is wider. */
export const STRONG = 1.07

/** Width in px at the given size. */
export function textWidth(text: string, size: number): number {
  let em = 0
  for (const c of text) em += NARROW.has(c) ? 0.32 : WIDE.has(c) ? 0.86 : /[A-Z0-9_#$€<>=+/]/.test(c) ? 0.64 : 0.55
  return em * size
}

/** Breaks text into as few lines of at most `width` px as it needs, of about the same length. */
export function wrap(text: string, width: number, size: number): string[] {
  const fewest = fill(text, width, size)
  if (fewest.length < 2) return fewest
  for (let narrower = textWidth(text, size) / fewest.length; narrower < width; narrower += size / 2) {
    const lines = fill(text, narrower, size)
    if (lines.length === fewest.length) return lines
  }
  return fewest
}

/** Fills line after line; breaks inside a word only where the word alone is too wide. */
function fill(text: string, width: number, size: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/).flatMap((w) => pieces(w, width, size))) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && textWidth(longer, size) > width) {
      lines.push(line)
      line = word
    } else {
      line = longer
    }
  }
  if (line !== '') lines.push(line)
  return lines
}

function pieces(word: string, width: number, size: number): string[] {
  if (textWidth(word, size) <= width) return [word]
  // After a slash, dot, underscore or comma is a better place to break than anywhere.
  const parts = word.split(/(?<=[/._,])/)
  const cut =
    parts.length > 1 ? parts : [word.slice(0, Math.ceil(word.length / 2)), word.slice(Math.ceil(word.length / 2))]
  const joined: string[] = []
  for (const part of cut.flatMap((p) => (p.length < word.length ? pieces(p, width, size) : [p]))) {
    const last = joined.at(-1)
    if (last !== undefined && textWidth(last + part, size) <= width) joined[joined.length - 1] = last + part
    else joined.push(part)
  }
  return joined
}

/** The widest line. */
export const widest = (lines: string[], size: number) => Math.max(0, ...lines.map((line) => textWidth(line, size)))
