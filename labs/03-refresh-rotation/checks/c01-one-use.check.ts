import * as z from 'zod'
import { check, type Exchange, receivedOf } from '../../../workbook/grader/index.ts'
import {
  given,
  type Held,
  identityOf,
  inTurn,
  me,
  newAccount,
  refresh,
  refreshCookies,
  refusals,
  register,
  type SetCookie,
  shapeOf,
  signIn,
  usedCodes,
  type Way,
} from './kit.ts'

export const oneUse = check({
  id: 'C01',
  title: 'A refresh token works once, and buys the next one',
  level: 'core',
  rationale:
    'A token that stays good after its use is a password that the browser sends around. Only where each use consumes it can a copy be noticed at all.',
  lesson: '01-authentication/04-refresh-rotation#one-use',
  sources: ['rfc9700-4.14.2', 'asvs-9.2.2', 'rfc6265bis'],
  settings: 'strict',
  capabilities: ['http', 'stack'],
  lane: 'shared',
  budget: { ms: 60_000, requests: 40 },
  claims: {
    ready: { clause: 'health.0', says: 'the readiness path of each replica gives an HTTP answer' },
    registers: { clause: 'register.1', says: 'a new account is made' },
    signsIn: { clause: 'login.1', says: 'signing in gives an access token and a refresh token' },
    cookie: { clause: 'cookie.1', says: 'the refresh cookie is bound to this host and hidden from scripts' },
    identifies: { clause: 'me.1', says: 'the access tokens of a session speak for its account' },
    rotates: { clause: 'refresh.1', says: 'a refresh answers with credentials, by the way that the token came' },
    differs: { clause: 'refresh.1', says: 'the new refresh token is another one' },
    chains: { clause: 'refresh.1', says: 'the new refresh token can be used in its turn' },
    usedUp: { clause: 'family.1', says: 'a refresh token that was used is refused', twin: 'chains' },
    unknown: { clause: 'refresh.2', says: 'what is no refresh token of ours is refused', twin: 'rotates' },
    purpose: { clause: 'refresh.2', says: 'an access token does not refresh', twin: 'rotates' },
    notAccess: { clause: 'refresh.2', says: 'a refresh token is no access token', twin: 'identifies' },
    problem: { clause: 'http.1', says: 'a refusal is a problem object with status, title and code' },
  },
  async run(kit) {
    const { expect, step, rng } = kit
    const turn = inTurn(kit)
    for (const http of kit.replicas) {
      const ready = await step('ask a replica whether it is ready', () => http.get('/health/ready'))
      expect('ready').holds(ready.response !== undefined, {
        expected: 'any HTTP answer',
        received: ready.trouble?.text ?? '',
        exchange: ready,
      })
    }
    const fresh = newAccount(kit)
    const made = expect('registers', await step('register a new account', () => register(kit, fresh)))
      .status(201)
      .json(z.object({ id: z.union([z.string().min(1), z.number()]) }), '{id, email, displayName, role}')
    const account = { ...fresh, id: String(made.id) }

    /** The credentials of an answer, which has to be the one that the contract says. */
    const take = (claim: 'signsIn' | 'rotates' | 'chains', answer: Exchange, way: Way): Held => {
      const got = given(answer, way)
      expect(claim).holds(got !== undefined, {
        did:
          way === 'mobile'
            ? 'Asked as an app: client "mobile", tokens in bodies'
            : 'Asked as a browser: tokens in the cookie',
        expected: `200 with ${shapeOf(way)}`,
        received: receivedOf(answer),
        exchange: answer,
        facts: { part: way, status: answer.response?.status },
      })
      // What does not hold has ended the check.
      return { account, way, ...(got as NonNullable<typeof got>) }
    }

    for (const way of rng.shuffle(['cookie', 'mobile'] as Way[])) {
      const opening = await step('sign in', () => signIn(turn(), account, way))
      const first = take('signsIn', opening, way)
      const answer = await step('refresh', () => refresh(turn(), first))
      const second = take('rotates', answer, way)
      if (way === 'cookie') {
        for (const [what, exchange] of [
          ['sign-in', opening],
          ['refresh', answer],
        ] as const) {
          const [cookie, ...more] = refreshCookies(exchange)
          expect('cookie').holds(cookie !== undefined && faultOf(cookie) === undefined && more.length === 0, {
            did: `Read the cookie of the ${what}`,
            expected: 'one __Host-…refresh cookie with Secure, HttpOnly, Path=/, SameSite=Strict or Lax, and no Domain',
            received: (cookie && faultOf(cookie)) ?? `${refreshCookies(exchange).length} refresh cookies`,
            exchange,
          })
        }
      }
      expect('differs').holds(second.refresh !== first.refresh, {
        did: 'Compared the refresh token with the one before',
        expected: 'another token',
        received: 'the same token',
        exchange: answer,
      })
      const third = take('chains', await step('refresh with the new token', () => refresh(turn(), second)), way)
      for (const [what, held] of [
        ['signing in', first],
        ['the second refresh', third],
      ] as const)
        expect(
          'identifies',
          await step(`ask who it is, with the access token of ${what}`, () => me(turn(), held.access)),
        )
          .status(200)
          .json(identityOf(account), 'the identity of the account')

      expect(
        'notAccess',
        await step('use the refresh token as an access token', () => me(turn(), third.refresh)),
      ).refused([401, 400])
      const strange = [
        ['a token that nobody issued', { ...third, refresh: rng.text(third.refresh.length) }],
        ['no token at all', undefined],
      ] as const
      for (const [what, held] of strange) {
        const refused = await step(`refresh with ${what}`, () =>
          held === undefined ? turn().post('/auth/refresh', { json: {} }) : refresh(turn(), held),
        )
        expect('unknown', refused).refused(refusals, 'refresh_invalid')
        expect('problem', refused).status(401).json(problem, '{"status":401,"title":"…","code":"…"}')
      }
      expect(
        'purpose',
        await step('refresh with an access token', () => refresh(turn(), { ...third, refresh: third.access })),
      ).refused(refusals, 'refresh_invalid')

      // Last: whoever presents it ends the session. On both replicas: one of them may be the only one that remembers.
      for (const http of rng.shuffle(kit.replicas))
        expect(
          'usedUp',
          await step('refresh again with the token that was used first', () => refresh(http, first)),
        ).refused(refusals, usedCodes)
    }
  },
  diagnose: [
    {
      id: 'cannot-sign-in',
      when: (f) => f.claim === 'registers' || f.claim === 'signsIn',
      why: 'Registering or signing in does not answer as the contract says. Without a session nothing else of this lab can be graded.',
      hints: [
        'Compare Expected and Received: status, names and types, and the cookie.',
        'Both worked in the starter. What has changed since?',
        'Clauses register.1, login.1 and cookie.1 say what is in the answer.',
      ],
    },
    {
      id: 'no-problem-object',
      when: (f) => f.claim === 'problem',
      why: 'The refusal is no object with status, title and code. A client that reads one from every refusal breaks on this one.',
      hints: [
        'Compare the body in Received with clause http.1.',
        'Who writes this answer, and which way do your other errors take?',
        'Send every error through one handler.',
      ],
    },
    {
      id: 'same-token-again',
      when: (f) => f.claim === 'differs',
      why: 'A refresh gives a new access token and the refresh token that was sent. There is nothing that a second user of it would run into: a copy works for as long as the original.',
      hints: [
        'Compare the refresh tokens of two answers.',
        'Which line makes the token of the answer?',
        'Each use makes a new one, and ends the one that was used.',
      ],
    },
    {
      id: 'old-token-works',
      when: (f) => f.claim === 'usedUp' && f.status === 200,
      why: 'There is a new refresh token, and the old one works as before. A thief who copied any of them refreshes for weeks, and nobody notices.',
      hints: [
        'Send the token of the sign-in again after two refreshes.',
        'What changes in the store when a token is used?',
        'Being used is a state of the token that the next request has to see, on every replica.',
      ],
    },
    {
      id: 'access-token-refreshes',
      when: (f) => f.claim === 'purpose' && f.status === 200,
      why: 'An access token buys new credentials. It is sent with each request and lives in the page, so what leaks most easily has become as good as what is kept best.',
      hints: [
        'Send the access token to the refresh endpoint.',
        'What tells the two kinds of tokens apart when they arrive?',
        'A signed token has a type; an opaque one is looked up among its own kind.',
      ],
    },
    {
      id: 'refresh-token-opens',
      when: (f) => f.claim === 'notAccess' && f.status === 200,
      why: 'The refresh token is accepted as an access token. It lives for weeks, so the short life of access tokens means nothing.',
      hints: [
        'Send the refresh token in the field Authorization.',
        'Which rule of L02 tells an access token from any other token?',
        'The same key may sign both, so it is the type that has to be checked.',
      ],
    },
    {
      id: 'cookie-open',
      when: (f) => f.claim === 'cookie',
      why: 'The cookie with the refresh token lacks an attribute that keeps it from scripts, from other hosts or from plain HTTP.',
      hints: [
        'Received names what is wrong with it.',
        'A browser drops a cookie whose name begins with __Host- unless it is Secure, has Path=/ and no Domain.',
        'Set all of them in the one place that sets the cookie.',
      ],
    },
    {
      id: 'one-way-only',
      when: (f) =>
        (f.claim === 'rotates' || f.claim === 'chains') && f.facts.part === 'mobile' && f.facts.status === 200,
      why: 'Signed in as an app, the refresh gives no refresh token in its body. After its first refresh the app has nothing left to refresh with.',
      hints: [
        'Refresh with {refreshToken} in the body and look at the answer.',
        'Where does the answer decide between a cookie and a member?',
        'The answer goes by the way that the token came.',
      ],
    },
    {
      id: 'refresh-fails',
      when: (f) => f.claim === 'rotates' || f.claim === 'chains',
      why: 'An ordinary refresh is refused. Whoever signed in is signed out when the first access token expires, or as soon as the other replica is asked.',
      hints: [
        'Send the refresh of the evidence to each replica: the token, and nothing else.',
        'What does your code want besides: an access token, a body, something that the process of the sign-in has in its memory?',
        'The token alone has to do, in a cookie or in a body, on any replica.',
      ],
    },
    {
      id: 'unknown-token-answered',
      when: (f) => f.claim === 'unknown' && (f.status === 200 || (f.status ?? 0) >= 500),
      why: 'A token that nobody issued, or none at all, is not refused as one. At best it is an error that hides real ones, at worst a way in.',
      hints: [
        'Send the request of the evidence.',
        'What does your code do when the look-up finds nothing?',
        'Not found is 401 refresh_invalid, before anything else happens.',
      ],
    },
    {
      id: 'refusal-unclear',
      when: (f) => f.facts.wrongCode === true,
      why: 'The refusal is right, and its code does not say which one it is. A client has to tell "sign in again" from "ask again".',
      hints: [
        'Compare the code in the body with Expected.',
        'Which codes does the contract list for a refresh?',
        'Not good is refresh_invalid, used is refresh_reused.',
      ],
    },
  ],
})

const problem = z.object({ status: z.literal(401), title: z.string().min(1), code: z.string().min(1) })

/** What is wrong with a refresh cookie, if something is (cookie.1). */
function faultOf({ name, attributes }: SetCookie): string | undefined {
  const missing = ['secure', 'httponly'].find((attribute) => !(attribute in attributes))
  if (missing !== undefined) return `${name} without ${missing === 'secure' ? 'Secure' : 'HttpOnly'}`
  if (attributes.path !== '/') return `${name} with Path=${attributes.path ?? '(none)'}`
  if ('domain' in attributes) return `${name} with a Domain`
  if (!['strict', 'lax'].includes((attributes.samesite ?? '').toLowerCase()))
    return `${name} with SameSite=${attributes.samesite ?? '(none)'}`
  return undefined
}
