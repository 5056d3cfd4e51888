/** Words that the checks of this lab share: signing in, refreshing, what a session holds, and its end. */
import * as z from 'zod'
import { type Exchange, type Http, type Kit, PreconditionFailed, receivedOf } from '../../../workbook/grader/index.ts'
import { type Account, login, loginAnswer, newAccount, register } from '../../02-jwt-verifier/checks/kit.ts'

export { type Account, identityOf, login, loginAnswer, newAccount, register } from '../../02-jwt-verifier/checks/kit.ts'

/** How a refresh token travels: in the browser's cookie, or in bodies as for an app on a phone. */
export type Way = 'cookie' | 'mobile'

/** What a client has of a session. */
export interface Held {
  account: Account
  way: Way
  access: string
  refresh: string
  /** Name of the cookie, where it came in one. */
  cookie?: string
}

/** A cookie as a server sets it: names of attributes in lower case, `''` for one without a value. */
export interface SetCookie {
  name: string
  value: string
  attributes: Readonly<Record<string, string>>
}

/** RFC 6265bis section 4.1.1, read as a browser reads it (section 5.6). */
export function parseSetCookie(line: string): SetCookie {
  const [pair = '', ...rest] = line.split(';')
  const at = pair.indexOf('=')
  const attributes = rest.map((part): [string, string] => {
    const equals = part.indexOf('=')
    const [name, value] = equals < 0 ? [part, ''] : [part.slice(0, equals), part.slice(equals + 1)]
    return [name.trim().toLowerCase(), value.trim()]
  })
  return {
    name: pair.slice(0, at).trim(),
    value: pair.slice(at + 1).trim(),
    attributes: Object.fromEntries(attributes),
  }
}

const NAME = /^__Host-.*refresh/i

/** Every refresh cookie that an answer sets, changes or clears. */
export const refreshCookies = (exchange: Exchange): SetCookie[] =>
  (exchange.response?.setCookies ?? []).map(parseSetCookie).filter(({ name }) => NAME.test(name))

/** What an answer of 200 to a sign-in or a refresh gives; undefined where it is not what the contract says. */
export function given(exchange: Exchange, way: Way): { access: string; refresh: string; cookie?: string } | undefined {
  const parsed = loginAnswer.safeParse(exchange.response?.json)
  if (exchange.response?.status !== 200 || !parsed.success) return undefined
  const access = parsed.data.accessToken
  if (way === 'mobile') {
    const body = z.object({ refreshToken: z.string().min(1) }).safeParse(exchange.response.json)
    return body.success ? { access, refresh: body.data.refreshToken } : undefined
  }
  const [cookie] = refreshCookies(exchange)
  return cookie === undefined || cookie.value === ''
    ? undefined
    : { access, refresh: cookie.value, cookie: cookie.name }
}

/** What stands in the evidence for a body or a cookie with a refresh token. */
export const shapeOf = (way: Way) =>
  way === 'mobile'
    ? '{accessToken, tokenType, expiresIn, refreshToken}'
    : '{accessToken, tokenType, expiresIn} and a __Host-…refresh cookie'

export const signIn = (http: Http, { email, password }: Account, way: Way) =>
  http.post('/auth/login', { json: { email, password, ...(way === 'mobile' ? { client: 'mobile' } : {}) } })

/** How a client presents a refresh token. */
export function presenting({ way, refresh, cookie }: Pick<Held, 'way' | 'refresh' | 'cookie'>): {
  headers?: Record<string, string>
  json?: unknown
} {
  return way === 'mobile' ? { json: { refreshToken: refresh } } : { headers: { cookie: `${cookie}=${refresh}` } }
}

export const refresh = (http: Http, held: Pick<Held, 'way' | 'refresh' | 'cookie'>) =>
  http.post('/auth/refresh', presenting(held))
export const me = (http: Http, access: string) => http.get('/me', { token: access })
export const logout = (http: Http, held: Pick<Held, 'way' | 'refresh' | 'cookie'>) =>
  http.post('/auth/logout', presenting(held))

/** The member `code` of a refusal. */
export const codeOf = (exchange: Exchange) => (exchange.response?.json as { code?: unknown } | undefined)?.code

/** Something that a check only builds on does not work; `provedBy` grades it. */
export const without = (provedBy: string, did: string, expected: string, exchange: Exchange) =>
  new PreconditionFailed(provedBy, { did, expected, received: receivedOf(exchange), exchange })

/** An account that exists. Whether one can be made at all, C01 grades. */
export async function registered(kit: Kit, more: { email?: string } = {}): Promise<Account> {
  const fresh = { ...newAccount(kit), ...more }
  const made = await register(kit, fresh)
  const id = (made.response?.json as { id?: unknown } | undefined)?.id
  if (made.response?.status !== 201 || (typeof id !== 'string' && typeof id !== 'number'))
    throw without('C01', 'register an account', '201 with an id', made)
  return { ...fresh, id: String(id) }
}

/** A session of an account, of a new one if none is given. Whether signing in works, C01 grades. */
export async function signedIn(kit: Kit, more: { account?: Account; way?: Way; http?: Http } = {}): Promise<Held> {
  const { way = kit.rng.pick(['cookie', 'mobile'] as const), http = kit.http } = more
  const account = more.account ?? (await registered(kit))
  const answer = await signIn(http, account, way)
  const got = given(answer, way)
  if (got === undefined) throw without('C01', 'sign in', `200 with ${shapeOf(way)}`, answer)
  return { account, way, ...got }
}

/** The session after one more refresh. Whether an ordinary one works, C01 grades. */
export async function refreshed(kit: Kit, held: Held, http: Http = kit.http): Promise<Held> {
  const answer = await refresh(http, held)
  const got = given(answer, held.way)
  if (got === undefined) throw without('C01', 'refresh a session', `200 with ${shapeOf(held.way)}`, answer)
  if (got.refresh === held.refresh) throw without('C01', 'refresh a session', 'another refresh token', answer)
  return { ...held, ...got }
}

/** Signs in by an ordinary password; gives the status. For checks of passwords. */
export const statusOfSignIn = async (kit: Kit, account: Account) => (await login(kit, account)).response?.status ?? 0

/** How long the end of a session may take to reach its access tokens (me.1, disabled.1). */
export const END_MS = 2_000
const POLL_MS = 100

/**
 * Asks again and again until the answer is the one that is waited for, for as long as an end may take, and gives the last answer. What was sent
 * before the time was over counts, whenever it is answered.
 */
export async function soon(
  kit: Kit,
  ask: () => Promise<Exchange>,
  holds: (status: number) => boolean,
  why: string,
): Promise<Exchange> {
  const until = performance.now() + END_MS
  while (true) {
    const late = performance.now() > until
    const answer = await ask()
    if (late || holds(answer.response?.status ?? 0)) return answer
    await kit.clock.pass(POLL_MS, why)
  }
}

/** The last answer to an access token whose session should have ended. */
export const afterEnd = (kit: Kit, access: string) =>
  soon(
    kit,
    () => me(kit.http, access),
    (status) => status === 401,
    'the end of a session to be seen',
  )

/** A client of each replica in turn: two requests one after the other meet two processes. */
export function inTurn(kit: Kit): () => Http {
  let next = kit.rng.int(0, 1)
  return () => {
    const { replicas } = kit
    return replicas[next++ % replicas.length] ?? kit.http
  }
}

/** Statuses that refuse a refresh token, and the codes for one that was used. */
export const refusals = [401] as const
export const raceStatuses = [401, 409] as const
export const raceCodes = ['refresh_raced', 'refresh_reused', 'refresh_invalid'] as const
export const usedCodes = ['refresh_reused', 'refresh_invalid'] as const

/** `3 times 200, 9 times 401`. */
export function counted(answers: readonly Exchange[]): string {
  const statuses = answers.map((a) => a.response?.status ?? 0)
  return [...new Set(statuses)]
    .sort((a, b) => a - b)
    .map((s) => `${statuses.filter((t) => t === s).length} times ${s === 0 ? 'no answer' : s}`)
    .join(', ')
}
