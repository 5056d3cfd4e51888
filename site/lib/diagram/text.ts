/** Measures text without a browser: near enough for the sans-serif system fonts that the site asks for. */

const NARROW = new Set("iljtfrI.,:;'|!()[]{}-` ")
const WIDE = new Set('mwMWQO@%&—')

/** Width in px at the given size, a little too wide rather than too narrow. */
export function textWidth(text: string, size: number): number {
  let em = 0
  for (const c of text) em += NARROW.has(c) ? 0.36 : WIDE.has(c) ? 0.89 : /[A-Z0-9_#$€<>=+/]/.test(c) ? 0.66 : 0.56
  return em * size
}

/** Breaks text at spaces (and inside words only where one word alone is too wide) into lines of at most `width` px. */
export function wrap(text: string, width: number, size: number): string[] {
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
  const cut = parts.length > 1 ? parts : [word.slice(0, Math.ceil(word.length / 2)), word.slice(Math.ceil(word.length / 2))]
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
