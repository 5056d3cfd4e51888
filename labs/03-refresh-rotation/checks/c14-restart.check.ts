import { check } from '../../../workbook/grader/index.ts'
import { afterEnd, inTurn, logout, me, refresh, refreshed, refusals, signedIn, usedCodes, without } from './kit.ts'

export const restart = check({
  id: 'C14',
  title: 'A restart forgets nothing',
  level: 'core',
  rationale:
    'Each deploy restarts every process. What only they knew is gone: sessions of people who are at work, or, worse, the ends of sessions.',
  lesson: '01-authentication/04-refresh-rotation#where-the-state-lives',
  sources: ['asvs-7.4.1'],
  // A stack of the grader's own: nobody else's is restarted, and no grace has to pass.
  settings: 'strict',
  capabilities: ['http', 'stack'],
  lane: 'last',
  budget: { ms: 120_000, requests: 80 },
  claims: {
    lives: {
      clause: 'state.1',
      says: 'sessions that live before the restart go on after it: access tokens and refresh',
    },
    staysEnded: { clause: 'state.1', says: 'a session that was signed out stays so', twin: 'lives' },
    staysUsed: { clause: 'state.1', says: 'a token that was used before is used after it', twin: 'lives' },
    family: { clause: 'state.1', says: 'its return ends the session, as before', twin: 'lives' },
  },
  async run(kit) {
    const { expect, step } = kit
    const turn = inTurn(kit)
    const fresh = await signedIn(kit)
    const living = await refreshed(kit, await signedIn(kit), turn())
    const out = await refreshed(kit, await signedIn(kit), turn())
    await step('sign out of a session', () => logout(turn(), out))
    const before = await step('refresh it, before the restart', () => refresh(turn(), out))
    if (before.response?.status !== 401) throw without('C09', 'refresh a session that was signed out', '401', before)
    const parent = await signedIn(kit)
    const child = await refreshed(kit, parent, turn())

    await step('stop both replicas and start them again', () => kit.restart())

    expect('staysEnded', await step('refresh the session that was signed out', () => refresh(turn(), out)), {
      by: 'refresh',
    }).refused(refusals, usedCodes)
    expect(
      'staysEnded',
      await step('use the access token of the session that was signed out', () => afterEnd(kit, out.access)),
      {
        by: 'access',
      },
    ).refused([401])
    for (const [what, held] of [
      ['a session that had refreshed before the restart', living],
      ['a session that had only signed in before the restart', fresh],
    ] as const) {
      expect('lives', await step(`use the access token of ${what}`, () => me(turn(), held.access))).status(200)
      expect('lives', await step(`refresh ${what}`, () => refresh(turn(), held))).status(200)
    }
    expect(
      'staysUsed',
      await step('refresh with a token that was used before the restart', () => refresh(turn(), parent)),
    ).refused(refusals, 'refresh_reused')
    expect('family', await step('refresh with its successor, after that', () => refresh(turn(), child))).refused(
      refusals,
      usedCodes,
    )
  },
  diagnose: [
    {
      id: 'ends-forgotten',
      when: (f) => f.claim === 'staysEnded' && f.status === 200,
      why: 'After a restart a session works that was signed out before it. Each deploy brings back to life what people had ended.',
      hints: [
        'The evidence says whether it was the refresh token or the access token.',
        'Where is it kept that a session has ended? What of that is left in a new process?',
        'The end belongs where the tokens are looked up, outside of the process.',
      ],
    },
    {
      id: 'use-forgotten',
      when: (f) => f.claim === 'staysUsed' || f.claim === 'family',
      why: 'After a restart a token that was used is taken again, or its return is no alarm any more. A thief has to wait for your next deploy, that is all.',
      hints: [
        'Send a token that was used before the restart.',
        'Where is it kept that a token was used, and of which family it is?',
        'In the store, beside the token, in the same write that consumes it.',
      ],
    },
    {
      id: 'everybody-signed-out',
      when: (f) => f.claim === 'lives',
      why: 'After a restart nobody is signed in. Each deploy sends everybody to the sign-in form.',
      hints: [
        'Sign in, restart, refresh.',
        'What of a session is kept in the process?',
        'Postgres is safe as it is; Redis needs its append-only file.',
      ],
    },
  ],
})
