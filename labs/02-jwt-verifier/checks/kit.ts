/** Words that the checks of this lab share: a session, and tokens for it that are good but for one thing. */
import * as z from 'zod'
import {
  type Exchange,
  type Kit,
  PreconditionFailed,
  type Rng,
  receivedOf,
  type SigningKey,
} from '../../../workbook/grader/index.ts'
import { type Json, objectOf, partsOf, rs256 } from './token.ts'

export interface Account {
  id: string
  email: string
  password: string
  displayName: string
}

/** A session that was opened by signing in. */
export interface Session {
  account: Account
  /** The access token that the server issued. */
  token: string
  header: Json
  claims: Json
  expiresIn: number
}

/** A name-like word: consonant and vowel in turn. */
export function word(rng: Rng, syllables = 3): string {
  return Array.from({ length: syllables }, () => rng.pick([...'bdfgklmnprstvz']) + rng.pick([...'aeiou'])).join('')
}

/** A password that no rule has anything against. */
const strong = (rng: Rng) => `${rng.text(10)}${rng.text(8, 'ABCDEFGHJKLMNPQRSTUVWXYZ')}${rng.text(6, '23456789')}!`

const name = (rng: Rng) => word(rng).replace(/^./, (c) => c.toUpperCase())

export const register = (kit: Kit, account: Omit<Account, 'id'>) => kit.http.post('/auth/register', { json: account })
export const login = (kit: Kit, { email, password }: Pick<Account, 'email' | 'password'>) =>
  kit.http.post('/auth/login', { json: { email, password } })
export const me = (kit: Pick<Kit, 'http'>, token: string) => kit.http.get('/me', { token })
export const jwks = (kit: Kit) => kit.http.get('/auth/.well-known/jwks.json')

/** A new account's data; nothing is sent. */
export const newAccount = ({ rng, unique }: Kit): Omit<Account, 'id'> => ({
  email: `${word(rng, 2)}.${unique()}@${word(rng)}.example`,
  password: strong(rng),
  displayName: `${name(rng)} ${name(rng)}`,
})

/** The answer of login.1. */
export const loginAnswer = z.object({
  accessToken: z.string().min(1),
  tokenType: z.string().regex(/^bearer$/i),
  expiresIn: z.int().positive(),
})

/** The answer of me.1, for an account. */
export const identityOf = ({ id, email, displayName }: Account) =>
  z.object({
    id: z.literal(id),
    email: z.string().refine((v) => v.toLowerCase() === email.toLowerCase(), 'not the address of the account'),
    displayName: z.literal(displayName),
    role: z.literal('member'),
    orgId: z.union([z.string().min(1), z.number()]),
  })

const without = (did: string, expected: string, exchange: Exchange) =>
  new PreconditionFailed('C01', { did, expected, received: receivedOf(exchange), exchange })

/** Opens a session of a new account. Whether that works at all, C01 grades. */
export async function signedIn(kit: Kit): Promise<Session> {
  const fresh = newAccount(kit)
  const made = await register(kit, fresh)
  const id = (made.response?.json as { id?: unknown } | undefined)?.id
  // Which of the successes it has to be, and with what else in it, is C01's subject alone.
  const done = Math.trunc((made.response?.status ?? 0) / 100) === 2
  if (!done || (typeof id !== 'string' && typeof id !== 'number'))
    throw without('register an account', '201 with an id', made)
  return again(kit, { ...fresh, id: String(id) })
}

/** Opens one more session of an account. */
export async function again(kit: Kit, account: Account): Promise<Session> {
  const answer = await login(kit, account)
  const parsed = z.object({ accessToken: z.string(), expiresIn: z.unknown() }).safeParse(answer.response?.json)
  if (answer.response?.status !== 200 || !parsed.success) throw without('sign in', '200 with accessToken', answer)
  const { accessToken: token } = parsed.data
  const expiresIn = Number(parsed.data.expiresIn)
  const [head, body] = partsOf(token)
  const [header, claims] = [objectOf(head), objectOf(body)]
  if (header === undefined || claims === undefined) throw without('read the access token', 'a JWT', answer)
  return { account, token, header, claims, expiresIn }
}

/** Makes tokens that are good for a session but for what is changed. */
export interface Mint {
  key: SigningKey
  /** Every key of the folder. */
  keys: SigningKey[]
  issuer: string
  audience: string
  /** The header of a good token, changed; undefined takes a member out. */
  header(change?: Json): Json
  /** Its claims, likewise; with a `jti` and an `iat` of their own. */
  claims(change?: Json): Json
  /** A whole token, signed with the current key. */
  token(change?: { header?: Json; claims?: Json }): string
}

export const now = () => Math.floor(Date.now() / 1000)

export async function mintFor(kit: Kit, { claims: issued }: Session): Promise<Mint> {
  const { current: key, all: keys } = await kit.keys.list()
  const issuer = kit.settings.env.JWT_ISSUER ?? String(issued.iss)
  const audience = kit.settings.env.JWT_AUDIENCE ?? 'depot-api'
  const { sub, sid, orgId, role } = issued
  const header = (change: Json = {}) => ({ alg: 'RS256', typ: 'at+jwt', kid: key.kid, ...change })
  const claims = (change: Json = {}) => {
    const iat = now()
    const jti = `${kit.unique()}-${kit.rng.text(12)}`
    return { iss: issuer, aud: audience, sub, sid, orgId, role, jti, iat, exp: iat + kit.rng.int(60, 200), ...change }
  }
  return {
    key,
    keys,
    issuer,
    audience,
    header,
    claims,
    token: (change = {}) => rs256(header(change.header), claims(change.claims), key.privateKey),
  }
}

/**
 * The answer to a good token. Whether those are accepted at all, C01 grades; what a check of refusals shows is that what it refuses differs from
 * this one in one thing.
 */
export async function goodAnswer(kit: Kit, session: Session, mint: Mint): Promise<Exchange> {
  const answer = await me(kit, mint.token())
  if (answer.response?.status === 200 && identityOf(session.account).safeParse(answer.response.json).success)
    return answer
  throw without('ask with a good token', '200 with the identity of the account', answer)
}

/** Statuses that refuse a token. That it has to be 401, and in which words, C11 grades. */
export const refusals = [401, 400, 403] as const
