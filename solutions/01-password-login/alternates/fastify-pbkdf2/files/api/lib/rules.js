// Which passwords an account may have. Gives the code of the first rule that is broken.
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

const SHORTEST = 15
const LONGEST = 256

export async function loadBlocklist(file) {
  const entries = new Set()
  for await (const line of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })) {
    if (line !== '') entries.add(line.toLowerCase())
  }
  return entries
}

export function brokenRule(password, { email, displayName, blocklist }) {
  const length = [...password].length
  if (length < SHORTEST) return 'password_too_short'
  if (length > LONGEST) return 'password_too_long'
  const lower = password.toLowerCase()
  if (blocklist.has(lower)) return 'password_blocked'
  const words = ['depot', email.split('@')[0], displayName].map((word) => word.toLowerCase())
  return [...strip(lower, words)].length < 8 ? 'password_blocked' : undefined
}

/** Longer words first, again and again until nothing goes any more. */
function strip(text, words) {
  const byLength = words.toSorted((a, b) => b.length - a.length)
  for (;;) {
    const rest = byLength.reduce((left, word) => left.replaceAll(word, ''), text)
    if (rest === text) return rest
    text = rest
  }
}
