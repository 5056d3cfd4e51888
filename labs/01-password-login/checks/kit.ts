/** Words that the checks of this lab share: accounts, passwords, signing in. */
import * as z from 'zod'
import { type Exchange, type Kit, PreconditionFailed, type Rng, receivedOf } from '../../../workbook/grader/index.ts'

export interface Account {
  email: string
  password: string
  displayName: string
}

const upper = 'ABCDEFGHJKLMNPQRSTUVWXYZ'
const lower = 'abcdefghijkmnpqrstuvwxyz'
const digits = '23456789'
const symbols = '!#%+-=?@_~'

/**
 * A password that no plausible rule but length has anything against: all four kinds of characters, ASCII, no spaces.
 * What a check attacks is then the only thing that is odd about its input.
 */
export function strong(rng: Rng, length = rng.int(20, 28)): string {
  const kinds = [upper, lower, digits, symbols]
  const rest = rng.text(length - kinds.length, upper + lower + digits + symbols)
  const text = rng.shuffle([...kinds.map((kind) => rng.pick([...kind])), ...rest]).join('')
  // Neither may happen by chance: a word of the context rule, or the end of a comment in somebody's template.
  return /depot/i.test(text) ? strong(rng, length) : text
}

/** A name-like word: consonant and vowel in turn. */
export function word(rng: Rng, syllables = 3): string {
  return Array.from({ length: syllables }, () => rng.pick([...'bdfgklmnprstvz']) + rng.pick([...'aeiou'])).join('')
}

/** Every letter in the other case. */
export function swapCase(text: string): string {
  return [...text].map((c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase())).join('')
}

export const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** A new account's data; nothing is sent. The address has never been used, in this run or another. */
export function newAccount(kit: Kit, over: Partial<Account> = {}): Account {
  const { rng } = kit
  return {
    email: `${word(rng, 2)}.${kit.unique()}@${word(rng)}.example`,
    password: strong(rng),
    displayName: `${capital(word(rng))} ${capital(word(rng))}`,
    ...over,
  }
}

/** The status of a successful registration: the declared design decides. */
export const createdStatus = (kit: Kit) => (kit.course.signUp === 'email-loop' ? 202 : 201)

export const register = (kit: Kit, body: unknown) => kit.http.post('/auth/register', { json: body })

export const login = (kit: Pick<Kit, 'http'>, email: string, password: string) =>
  kit.http.post('/auth/login', { json: { email, password } })

export const me = (kit: Kit, token?: string) => kit.http.get('/me', token === undefined ? {} : { token })

/**
 * An account that exists.
 * @param gradedBy the check that grades whether such an account can be made; C01 for an ordinary one
 */
export async function registered(kit: Kit, over: Partial<Account> = {}, gradedBy = 'C01'): Promise<Account> {
  const account = newAccount(kit, over)
  await registration(kit, account, gradedBy)
  return account
}

/**
 * The answer to a registration that succeeded.
 * @param gradedBy as for `registered`
 */
export async function registration(kit: Kit, account: Account, gradedBy = 'C01'): Promise<Exchange> {
  const answer = await register(kit, account)
  needStatus(answer, createdStatus(kit), 'register an account', gradedBy)
  return answer
}

/** A valid access token of an account. */
export async function tokenOf(kit: Kit, account: Account): Promise<string> {
  const answer = await login(kit, account.email, account.password)
  needStatus(answer, 200, 'sign in to an ordinary account', 'C01')
  const parsed = loginAnswer.safeParse(answer.response?.json)
  if (parsed.success) return parsed.data.accessToken
  throw new PreconditionFailed('C01', {
    did: 'sign in to an ordinary account',
    expected: 'a body with accessToken, tokenType and expiresIn',
    received: receivedOf(answer),
    exchange: answer,
  })
}

function needStatus(exchange: Exchange, status: number, did: string, gradedBy: string): void {
  if (exchange.response?.status === status) return
  throw new PreconditionFailed(gradedBy, { did, expected: String(status), received: receivedOf(exchange), exchange })
}

/** The answer of login.1. */
export const loginAnswer = z.object({
  accessToken: z.string().min(1),
  tokenType: z.string().regex(/^bearer$/i),
  expiresIn: z.int().positive(),
})

/** Statuses that refuse a password by policy. */
export const policyRefusal = [422, 400] as const

/** Milliseconds of one refused sign-in. In which words it is refused, C03 grades. */
export async function refusalTime(kit: Kit, email: string): Promise<number> {
  const answer = await login(kit, email, strong(kit.rng))
  const status = answer.response?.status ?? 0
  if (status < 400 || status === 429 || status >= 500) {
    throw new PreconditionFailed('C03', {
      did: 'sign in with a wrong password, to time it',
      expected: 'a refusal',
      received: receivedOf(answer),
      exchange: answer,
    })
  }
  return answer.ms
}

/** The middle value, or the mean of the two middle ones. */
export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [low, high] = [sorted[sorted.length % 2 === 1 ? middle : middle - 1], sorted[middle]]
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2
}
