import { check, TooNoisy } from '../../../workbook/grader/index.ts'
import { given, inTurn, me, refresh, refreshed, refusals, signedIn, usedCodes } from './kit.ts'

const GUARD_MS = 1_300

export const idleLife = check({
  id: 'C08',
  title: 'A session that nobody uses ends',
  level: 'core',
  rationale:
    'The laptop in a drawer, the phone that was sold: a session that nobody uses is of use to finders only. And one that is used must not end because it is old.',
  lesson: '01-authentication/04-refresh-rotation#idle-life',
  sources: ['rfc9700-4.14.2', 'asvs-7.3.1'],
  settings: 'clocks',
  capabilities: ['http', 'stack'],
  lane: 'shared',
  waits: true,
  budget: { ms: 90_000, requests: 60 },
  claims: {
    active: { clause: 'life.2', says: 'a session that is refreshed in time lives on, older than the limit' },
    idle: { clause: 'life.2', says: 'a token that was not used for REFRESH_IDLE is refused', twin: 'active' },
    later: { clause: 'life.2', says: 'the same goes for the token of a refresh', twin: 'active' },
    access: { clause: 'life.2', says: 'using an access token is no use of the session', twin: 'active' },
  },
  async run(kit) {
    const { expect, step } = kit
    const limit = Number(kit.settings.env.REFRESH_IDLE ?? 5) * 1_000
    const turn = inTurn(kit)
    const idle = await signedIn(kit)
    const reader = await signedIn(kit)
    const [first, rotated] = [await signedIn(kit), await signedIn(kit)]
    const born = performance.now()
    const later = await refreshed(kit, rotated, turn())
    const left = performance.now()

    let active = first
    let last = born
    while (performance.now() < left + limit + GUARD_MS) {
      await kit.clock.pass(
        Math.min(limit / 3, Math.max(0, left + limit + GUARD_MS - performance.now())),
        'the idle limit',
      )
      const next = await step('refresh the session that is in use', () => refresh(turn(), active))
      if (performance.now() - last > limit - 1_000) throw new TooNoisy('a refresh took as long as the idle limit')
      last = performance.now()
      const got = given(next, active.way)
      expect('active').holds(got !== undefined, {
        did: `Refreshed every ${(limit / 3_000).toFixed(1)} s, ${((last - born) / 1_000).toFixed(1)} s after the sign-in, REFRESH_IDLE being ${limit / 1_000}`,
        expected: '200 with credentials',
        received: String(next.response?.status ?? next.trouble?.text),
        exchange: next,
      })
      active = { ...active, ...got }
      await step('use the access token of a session that is not refreshed', () => me(turn(), reader.access))
    }
    expect(
      'idle',
      await step('refresh with the token of a sign-in, unused for longer than the limit', () => refresh(turn(), idle)),
    ).refused(refusals, usedCodes)
    expect(
      'access',
      await step('refresh a session of which only the access token was used', () => refresh(turn(), reader)),
    ).refused(refusals, usedCodes)
    expect(
      'later',
      await step('refresh with the token of a refresh, unused for longer than the limit', () => refresh(turn(), later)),
    ).refused(refusals, usedCodes)
  },
  diagnose: [
    {
      id: 'idle-from-sign-in',
      when: (f) => f.claim === 'active',
      why: 'A session that is refreshed in time ends all the same. People are signed out in the middle of their work.',
      hints: [
        'Did says how old the session was, and how often it was refreshed.',
        'From which instant is the idle time counted, and does a refresh move it?',
        'Idle time is the age of the newest token.',
      ],
    },
    {
      id: 'idle-only-in-the-client',
      when: (f) => f.claim === 'idle' && f.status === 200,
      why: 'A token that nobody has used for longer than the limit is taken as if nothing were. What the cookie says of its life binds honest browsers only.',
      hints: [
        'Send a token that is older than REFRESH_IDLE by hand.',
        'Who enforces the limit: the server, or the cookie’s Max-Age?',
        'The condition belongs into the statement that consumes the token.',
      ],
    },
    {
      id: 'access-counts-as-use',
      when: (f) => f.claim === 'access' && f.status === 200,
      why: 'Any request with an access token keeps the session from falling idle. An open tab that asks for news once a minute makes the limit meaningless.',
      hints: [
        'Which requests write the time of the last use?',
        'A page that polls is not a person at the keyboard.',
        'Only a refresh counts.',
      ],
    },
    {
      id: 'idle-after-refresh',
      when: (f) => f.claim === 'later' && f.status === 200,
      why: 'The limit holds for the token of a sign-in and not for those that come after it. After the first refresh a session never falls idle.',
      hints: [
        'Compare what is stored for the first token and for its successor.',
        'Who sets the limit of a successor?',
        'Each token is made with the same rule.',
      ],
    },
  ],
})
