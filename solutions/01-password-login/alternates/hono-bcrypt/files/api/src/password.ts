import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import bcrypt from 'bcryptjs'
import { Refusal } from './refusal.ts'

const ROUNDS = 10
const SHORTEST = 15
const LONGEST = 512

/** bcrypt reads 72 bytes and stops at a zero byte: 64 characters of Base64 stand for the password instead. */
const condense = (password: string) => createHash('sha384').update(password).digest('base64')

const stranger = bcrypt.hashSync('', ROUNDS)

export const hashPassword = (password: string): Promise<string> => bcrypt.hash(condense(password), ROUNDS)

/** False for a user who does not exist, but not sooner. */
export async function fits(password: string, hash: string | undefined): Promise<boolean> {
  return (await bcrypt.compare(condense(password), hash ?? stranger)) && hash !== undefined
}

/** Refuses passwords that no account may have. */
export function createRules(file: string) {
  const common = new Set(readFileSync(file, 'utf8').replaceAll('\r\n', '\n').toLowerCase().split('\n'))

  return (password: string, words: string[]): void => {
    const length = Array.from(password).length
    if (length < SHORTEST) throw new Refusal(422, 'password_too_short', `Use ${SHORTEST} characters or more`)
    if (length > LONGEST) throw new Refusal(422, 'password_too_long', `Use ${LONGEST} characters or fewer`)
    const plain = password.toLowerCase()
    const rest = words
      .map((word) => word.toLowerCase())
      .reduce((left, word) => (word ? left.split(word).join('') : left), plain)
    if (common.has(plain) || Array.from(rest).length < 8) {
      throw new Refusal(422, 'password_blocked', 'Too many people would guess this password')
    }
  }
}
