/**
 * How much of tokens can be random at most, judged from outside. A bound from above: what looks random need not be, but what does not
 * vary is not. Signed tokens (JWTs) vary by their signature, whatever else they hold.
 * @param tokens a few dozen that came one after the other
 * @returns bits, and in words where they come from
 */
export function randomnessOf(tokens: readonly string[]): { bits: number; words: string } {
  const length = Math.min(...tokens.map((t) => t.length))
  const used = new Set(tokens.map((t) => t.slice(0, length)).join(''))
  const alphabet = alphabetOf(used)
  let varying = 0
  let bits = 0
  for (let i = 0; i < length; i++) {
    const column = tokens.map((t) => t.charAt(i))
    const kinds = new Set(column).size
    // Neighbours that are the same again and again: a counter or a clock, whose slow digits change once in a while.
    const changes = column.filter((c, k) => k > 0 && c !== column[k - 1]).length
    const expected = (column.length - 1) * (1 - 1 / Math.min(alphabet, 16))
    if (changes < expected / 2) continue
    varying++
    bits += Math.log2(Math.min(alphabet, Math.max(kinds * kinds, 2)))
  }
  return { bits, words: `${varying} of ${length} places vary from token to token, over ${used.size} characters` }
}

/** The size of the alphabet that the characters are most likely of. */
function alphabetOf(used: ReadonlySet<string>): number {
  const all = [...used].join('')
  if (/^\d*$/.test(all)) return 10
  if (/^[0-9a-f-]*$/.test(all) || /^[0-9A-F-]*$/.test(all)) return 16
  if (/^[0-9a-z]*$/.test(all)) return 36
  return 64
}
