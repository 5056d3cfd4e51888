import { check, PreconditionFailed, receivedOf } from '../../../workbook/grader/index.ts'
import {
  afterEnd,
  inTurn,
  logout,
  me,
  refresh,
  refreshCookies,
  refreshed,
  refusals,
  type SetCookie,
  signedIn,
  usedCodes,
  type Way,
} from './kit.ts'

export const signOut = check({
  id: 'C09',
  title: 'Signed out means out',
  level: 'core',
  rationale:
    'Signing out on a borrowed computer is a promise. It is kept on the server: what the browser forgets, somebody else may have copied.',
  lesson: '01-authentication/04-refresh-rotation#logout',
  sources: ['asvs-7.4.1', 'rfc6265bis'],
  capabilities: ['http', 'stack'],
  lane: 'shared',
  budget: { ms: 90_000, requests: 140 },
  claims: {
    before: { clause: 'me.1', says: 'before, the access tokens of the session are good' },
    lives: { clause: 'logout.1', says: 'another session of the account is not touched' },
    done: { clause: 'logout.1', says: 'signing out needs the refresh token alone, and answers 204' },
    again: { clause: 'logout.1', says: 'signing out of an ended session answers 204 too' },
    cleared: { clause: 'logout.2', says: 'the answer clears the cookie that was set' },
    refreshEnds: { clause: 'logout.1', says: 'the refresh token of the session is refused', twin: 'lives' },
    accessEnds: { clause: 'logout.1', says: 'its access tokens are refused within 2 s', twin: 'before' },
  },
  async run(kit) {
    const { expect, step, rng } = kit
    const turn = inTurn(kit)
    for (const way of ['cookie', 'mobile'] as Way[]) {
      await refreshed(kit, await signedIn(kit, { way }), turn())
      // Signed out at once, and then only refreshed: whatever its access token does, this one must not.
      const brief = await signedIn(kit, { way })
      expect('done', await step(`sign out with the refresh token (${words[way]})`, () => logout(turn(), brief))).status(
        204,
      )
      expect('refreshEnds', await step('refresh after the sign-out', () => refresh(turn(), brief))).refused(
        refusals,
        usedCodes,
      )

      const first = await signedIn(kit, { way })
      const other = await signedIn(kit, { account: first.account, way })
      const held = await refreshed(kit, first, turn())
      for (const { access } of [first, held])
        expect('before', await step('use an access token of the session', () => me(turn(), access))).status(200)

      const out = await step(`sign out with the refresh token (${words[way]})`, () => logout(turn(), held))
      expect('done', out).status(204)
      if (way === 'cookie') {
        const [cookie, ...more] = refreshCookies(out).filter((c) => c.name === held.cookie)
        expect('cleared').holds(cookie !== undefined && more.length === 0 && faultOf(cookie) === undefined, {
          did: 'Read the headers of the sign-out',
          expected: `a Set-Cookie of ${held.cookie} with Secure, Path=/, no Domain, and Max-Age=0 or an Expires in the past`,
          received: cookie === undefined ? 'none' : (faultOf(cookie) ?? `${more.length + 1} of them`),
          exchange: out,
        })
      }
      for (const { access } of rng.shuffle([first, held]))
        expect(
          'accessEnds',
          await step('use an access token of the session that was signed out', () => afterEnd(kit, access)),
        ).refused([401])
      expect('refreshEnds', await step('refresh after the sign-out', () => refresh(turn(), held))).refused(
        refusals,
        usedCodes,
      )
      expect('again', await step('sign out once more', () => logout(turn(), held))).status(204)
      const nobodys = { ...held, refresh: rng.text(held.refresh.length) }
      const strange = await step('sign out with a token that nobody issued', () => logout(turn(), nobodys))
      // What becomes of a token that never was, the contract leaves open; that it brings nothing down, it does not.
      if ((strange.response?.status ?? 500) >= 500)
        throw new PreconditionFailed('', {
          did: 'sign out with a token that nobody issued',
          expected: 'no 5xx',
          received: receivedOf(strange),
          exchange: strange,
        })
      expect(
        'lives',
        await step('use the access token of another session of the account', () => me(turn(), other.access)),
      ).status(200)
      expect('lives', await step('refresh another session of the account', () => refresh(turn(), other))).status(200)
    }
  },
  diagnose: [
    {
      id: 'only-the-browser-forgets',
      when: (f) => f.claim === 'refreshEnds' && f.status === 200,
      why: 'After signing out the refresh token works as before. The browser has forgotten it; whoever copied it has not.',
      hints: [
        'Refresh with the token that was signed out.',
        'What does signing out change on the server?',
        'Signing out ends the family, as a reuse does.',
      ],
    },
    {
      id: 'access-token-survives-logout',
      when: (f) => f.claim === 'accessEnds' && f.status === 200,
      why: 'After signing out the access tokens open everything until they expire. Whoever sits down next has minutes.',
      hints: [
        'Use an access token of the session after the sign-out, an older one too.',
        'What do access tokens and the session have in common that the check of a token could look up?',
        'Ask for the session (sid) at each request, or keep its end where all replicas see it.',
      ],
    },
    {
      id: 'cookie-not-cleared',
      when: (f) => f.claim === 'cleared',
      why: 'The answer does not clear the cookie that was set, or clears another one. A cookie is known by its name, path and domain, and a __Host- cookie needs Secure to be taken at all: the browser keeps the old one.',
      hints: [
        'Compare the Set-Cookie of the sign-in with that of the sign-out, attribute by attribute.',
        'Which attributes does the helper that clears a cookie send by itself?',
        'Set and clear by one function, so that they cannot differ.',
      ],
    },
    {
      id: 'logout-needs-more',
      when: (f) => f.claim === 'done',
      why: 'Signing out is refused to somebody who has the refresh token. After a night the access token has expired: exactly then nobody can sign out any more.',
      hints: [
        'Sign out with the refresh token alone, as the evidence does.',
        'Which middleware stands in front of the route?',
        'The refresh token names the session; nothing else is needed to end it.',
      ],
    },
    {
      id: 'second-logout-fails',
      when: (f) => f.claim === 'again',
      why: 'Signing out twice is an error. A double click, a retry or a second tab gets to see a failure where everything is as it should be.',
      hints: [
        'Sign out twice with one token.',
        'What does the route answer when there is nothing left to end?',
        'The wish is fulfilled already: 204.',
      ],
    },
    {
      id: 'logout-everywhere',
      when: (f) => f.claim === 'lives',
      why: 'Signing out on one device ends the sessions on the others.',
      hints: [
        'Sign in twice, sign out once.',
        'By what are the rows chosen that end: the account, or the sign-in?',
        'One family; for all of them there is logout-all.',
      ],
    },
  ],
})

const words: Record<Way, string> = { cookie: 'in its cookie', mobile: 'in the body' }

/** Why a browser would keep the cookie, if it would (RFC 6265bis sections 4.1.3.2 and 5.7). */
function faultOf({ name, value, attributes }: SetCookie): string | undefined {
  if (!('secure' in attributes)) return `${name} without Secure`
  if (attributes.path !== '/') return `${name} with Path=${attributes.path ?? '(none)'}`
  if ('domain' in attributes) return `${name} with a Domain`
  const age = attributes['max-age']
  // Max-Age goes before Expires where there are both.
  const over = age === undefined ? Date.parse(attributes.expires ?? '') < Date.now() : Number(age) <= 0
  return over ? undefined : `${name}=${value === '' ? '' : '…'} that lives on`
}
