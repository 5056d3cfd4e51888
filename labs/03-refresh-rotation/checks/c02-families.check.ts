import { check, type Exchange } from '../../../workbook/grader/index.ts'
import { oneUse } from './c01-one-use.check.ts'
import { afterEnd, inTurn, me, refresh, refreshed, refusals, signedIn, usedCodes } from './kit.ts'

export const families = check({
  id: 'C02',
  title: 'A token that comes back ends its session, and no other',
  level: 'core',
  rationale:
    'When a used token comes back, two parties hold the line, and the server cannot know which of them is the thief. It ends the session for both; the phone that was not involved stays signed in.',
  lesson: '01-authentication/04-refresh-rotation#families-and-reuse',
  sources: ['rfc9700-4.14.2', 'asvs-10.4.5'],
  settings: 'strict',
  // Where used tokens work for ever there is no reuse to be noticed.
  needs: { oneUse },
  capabilities: ['http', 'stack'],
  lane: 'shared',
  budget: { ms: 90_000, requests: 160 },
  claims: {
    works: { clause: 'refresh.1', says: 'a session that nobody attacks refreshes' },
    reused: {
      clause: 'family.1',
      says: 'a used token is refused when it comes back, however old it is',
      twin: 'works',
    },
    newestDies: { clause: 'family.1', says: 'a reuse ends the newest refresh token of the session', twin: 'works' },
    accessWorks: { clause: 'me.1', says: 'before, the access tokens of the session are good' },
    accessDies: {
      clause: 'family.1',
      says: 'a reuse ends the access tokens of the session within 2 s',
      twin: 'accessWorks',
    },
    others: {
      clause: 'family.2',
      says: 'other sessions of the account refresh as before, and their access tokens are good as before',
    },
  },
  async run(kit) {
    const { expect, step } = kit
    const turn = inTurn(kit)
    const ages = [
      ['the parent of the newest token', 1],
      ['the grandparent of the newest token', 2],
      ['the token of the sign-in, four refreshes old', 4],
    ] as const
    for (const [what, age] of ages) {
      const victim = await signedIn(kit)
      const other = await signedIn(kit, { account: victim.account })
      const line = [victim]
      for (let i = 0; i < age; i++) line.push(await refreshed(kit, line.at(-1) ?? victim, turn()))
      const [newest = victim, replayed = victim] = [line.at(-1), line.at(-1 - age)]
      for (const held of [line[0] ?? victim, newest])
        expect('accessWorks', await step('use an access token of the session', () => me(turn(), held.access))).status(
          200,
        )

      const back: Exchange = await step(`refresh with ${what}`, () => refresh(turn(), replayed))
      expect('reused', back, { age }).refused(refusals, 'refresh_reused')
      expect(
        'newestDies',
        await step(`refresh with the newest token after ${what} came back`, () => refresh(turn(), newest)),
        {
          age,
        },
      ).refused(refusals, usedCodes)
      for (const held of [newest, line[0] ?? victim])
        expect(
          'accessDies',
          await step(`use an access token of the session after ${what} came back`, () => afterEnd(kit, held.access)),
          { age },
        ).refused([401])

      // The twin of all of it: the same account on another device.
      const lives = await step('refresh the session of the other device', () => refresh(turn(), other))
      expect('others', lives).status(200)
      expect('others', await step('use the access token of the other device', () => me(turn(), other.access))).status(
        200,
      )
    }
    const calm = await refreshed(kit, await signedIn(kit), turn())
    expect('works', await step('refresh a session that nobody attacked', () => refresh(turn(), calm))).status(200)
  },
  diagnose: [
    {
      id: 'reuse-unnoticed',
      when: (f) => f.claim === 'reused' && f.status === 200,
      why: 'A used token that comes back is answered with new credentials, with no grace that would allow it. Now two lines of tokens live, one of them the thief’s.',
      hints: [
        'Send a used token again and look at the answer.',
        'What does the store say about a token after it was used?',
        'Used is a third state, beside good and unknown.',
      ],
    },
    {
      id: 'old-ones-forgotten',
      when: (f) => (f.claim === 'reused' || f.claim === 'newestDies') && Number(f.facts.age) > 1,
      why: 'The parent’s return is noticed; an older token’s is taken for an unknown one, and the session lives on. A thief with a copy from yesterday can try it without raising the alarm.',
      hints: [
        'Send a token that is two refreshes old.',
        'What becomes of a used token when its successor is used?',
        'A token that was deleted is unknown when it comes back, and unknown is no alarm. Keep the used ones for as long as the family lives.',
      ],
    },
    {
      id: 'only-the-token-dies',
      when: (f) => f.claim === 'newestDies' && f.status === 200,
      why: 'The used token is refused, and the newest one goes on. It may be the thief who has that: noticing the theft has changed nothing.',
      hints: [
        'Which rows change when a used token comes back?',
        'The token that came back was dead already. What has to end is what descends from the same sign-in.',
        'Write the end where every refresh looks: on the family.',
      ],
    },
    {
      id: 'access-token-outlives',
      when: (f) => f.claim === 'accessDies' && f.status === 200,
      why: 'The session has ended for refreshing, and its access tokens still open everything, until they expire by themselves.',
      hints: [
        'What does the check of an access token look at?',
        'It names its session (sid). Who asks whether that one lives?',
        'Look the session up, or keep a list of ended ones; either has to be seen by all replicas within two seconds.',
      ],
    },
    {
      id: 'everybody-thrown-out',
      when: (f) => f.claim === 'others',
      why: 'A reuse in one session ends the account’s other ones as well. A single replay, by a thief or by a bug in one client, signs the person out everywhere.',
      hints: [
        'By which column are the rows chosen that end?',
        'The account is more than the sign-in whose token came back.',
        'The family is the unit: one sign-in and all that descends from it.',
      ],
    },
    {
      id: 'reuse-without-a-name',
      when: (f) => f.claim === 'reused' && f.facts.wrongCode === true,
      why: 'The token is refused as if nobody had ever seen it. The client cannot tell an alarm from a typing error, and neither can you.',
      hints: [
        'Compare the code in the body with Expected.',
        'How does your code tell a token that was used from one that never was?',
        'Used tokens are known tokens: refresh_reused.',
      ],
    },
  ],
})
