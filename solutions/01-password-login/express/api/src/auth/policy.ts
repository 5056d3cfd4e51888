import { readFile } from 'node:fs/promises'
import { Problem } from '../http/problem.ts'

/** NIST SP 800-63B-4 section 3.1.1: at least 15 where the password is the only factor. */
const MIN = 15
/** Far more than anybody types; without an end the hash would be work that a stranger can order. */
const MAX = 1024
/** How much of a password must be more than words that anybody could guess from the account. */
const MIN_OWN = 8
const PRODUCT = 'depot'

/** Whose password it is to be. */
export interface Owner {
  email: string
  displayName: string
}

export type Policy = ReturnType<typeof createPolicy>

/** Reads a blocklist: UTF-8, one entry a line, lines ending in LF or CRLF. */
export async function readBlocklist(file: string): Promise<string[]> {
  const text = new TextDecoder().decode(await readFile(file))
  return text.split(/\r?\n/).filter((entry) => entry !== '')
}

/** Which passwords an account may have. Lengths are in code points; no rule asks for kinds of characters. */
export function createPolicy(blocklist: Iterable<string>) {
  const blocked = new Set(Array.from(blocklist, (entry) => fold(entry).join('')))

  return {
    /** Throws a 422 for a password that no account may have. */
    check(password: string, owner: Owner): void {
      const folded = fold(password)
      if (folded.length < MIN) throw new Problem(422, 'password_too_short', `A password has at least ${MIN} characters`)
      checkLength(password)
      const words = [PRODUCT, owner.email.slice(0, owner.email.lastIndexOf('@')), owner.displayName]
      if (blocked.has(folded.join('')) || without(folded, words.map(fold)).length < MIN_OWN) {
        throw new Problem(422, 'password_blocked', 'This password is too easy to guess')
      }
    },
  }
}

/** Throws a 422 for a password that no account can have because it is too long. */
export function checkLength(password: string): void {
  // A code point takes one or two units of a string, so this needs no counting for the very long.
  if (password.length > 2 * MAX || Array.from(password).length > MAX) {
    throw new Problem(422, 'password_too_long', `A password has at most ${MAX} characters`)
  }
}

/** The characters of a text, those that differ by letter case made equal. */
function fold(text: string): string[] {
  return Array.from(text, (character) => character.toLowerCase().toUpperCase())
}

/** What is left once every occurrence of the words is gone, those included that appear as others go. */
function without(characters: string[], words: string[][]): string[] {
  const left = characters.filter((_, at) => !words.some((word) => covers(characters, word, at)))
  return left.length === characters.length ? left : without(left, words)
}

/** Whether the character at `at` belongs to an occurrence of the word. */
function covers(characters: string[], word: string[], at: number): boolean {
  return word.some((_, i) => word.every((character, j) => characters[at - i + j] === character))
}
