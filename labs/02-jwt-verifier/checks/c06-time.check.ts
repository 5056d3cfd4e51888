import { check } from '../../../workbook/grader/index.ts'
import { goodAnswer, identityOf, me, mintFor, now, refusals, signedIn } from './kit.ts'
import { rs256 } from './token.ts'

export const time = check({
  id: 'C06',
  title: 'A token is good for its time and no longer',
  level: 'core',
  rationale:
    'Its end is all that limits a stolen access token. Libraries forgive a missing end unless they are told not to.',
  lesson: '01-authentication/03-a-jwt-is-a-policy#time',
  sources: ['asvs-9.2.1', 'rfc7519-4.1.4'],
  capabilities: ['http', 'keys'],
  lane: 'shared',
  budget: { ms: 30_000, requests: 24 },
  claims: {
    accepted: { clause: 'verify.6', says: 'a token whose time has come and is not over is accepted' },
    expired: { clause: 'verify.6', says: 'a token that expired more than 60 seconds ago is refused', twin: 'accepted' },
    noEnd: { clause: 'verify.6', says: 'a token without exp is refused', twin: 'accepted' },
    oddEnd: { clause: 'verify.6', says: 'an exp that is no number is refused', twin: 'accepted' },
    early: {
      clause: 'verify.6',
      says: 'a token whose nbf lies more than 60 seconds ahead is refused',
      twin: 'accepted',
    },
  },
  async run(kit) {
    const { expect, step, rng } = kit
    const session = await signedIn(kit)
    const mint = await mintFor(kit, session)
    await goodAnswer(kit, session, mint)
    const ask = (what: string, claims: Record<string, unknown>) =>
      step(`ask with ${what}`, () => me(kit, mint.token({ claims })))
    for (const [what, claims] of [
      ['a good token without nbf', {}],
      ['a good token with an nbf that has passed', { nbf: now() - rng.int(20, 100) }],
    ] as const)
      expect('accepted', await ask(what, claims))
        .status(200)
        .json(identityOf(session.account), 'the identity of the account')

    for (const [far, ago] of [
      [true, rng.int(5_000, 90_000)],
      [false, rng.int(80, 110)],
    ] as const)
      expect('expired', await ask(`a token that expired ${ago} s ago`, { iat: now() - ago - 200, exp: now() - ago }), {
        far,
      }).refused(refusals)
    expect('noEnd', await ask('a token without exp', { exp: undefined })).refused(refusals)
    const later = now() + 150
    for (const [what, exp] of [
      ['a text as exp', String(later)],
      ['a date as exp', new Date(later * 1000).toISOString()],
      ['a list as exp', [later]],
      ['null as exp', null],
      ['true as exp', true],
    ] as const)
      expect('oddEnd', await ask(what, { exp }), { what }).refused(refusals)
    const bare = JSON.stringify(mint.claims({ exp: 4711 })).replace('4711', 'NaN')
    expect(
      'oddEnd',
      await step('ask with NaN as exp, which is no JSON', () =>
        me(kit, rs256(mint.header(), bare, mint.key.privateKey)),
      ),
      {
        what: 'NaN',
      },
    ).refused(refusals)
    const ahead = rng.int(100, 150)
    expect(
      'early',
      await ask(`a token whose nbf lies ${ahead} s ahead`, { nbf: now() + ahead, exp: now() + 300 }),
    ).refused(refusals)
  },
  diagnose: [
    {
      id: 'never-expires',
      when: (f) => f.claim === 'expired' && f.status === 200 && f.facts.far === true,
      why: 'A token that expired hours ago is accepted. One that was stolen once, from a log or a backup, works for ever.',
      hints: [
        'See in Did how long ago it ended.',
        'Is the end looked at at all, and are both numbers of the comparison in the same unit?',
        'exp is in seconds since 1970; many clocks count milliseconds.',
      ],
    },
    {
      id: 'leeway-too-long',
      when: (f) => f.claim === 'expired' && f.status === 200,
      why: 'A token that expired more than a minute ago is still accepted. Room for clocks that differ is a few seconds; minutes are a longer life for a stolen token.',
      hints: [
        'See in Did how long ago it ended.',
        'Look for a tolerance, and for its unit.',
        'Clocks that are kept by NTP differ by less than a second.',
      ],
    },
    {
      id: 'no-end-needed',
      when: (f) => f.claim === 'noEnd' && f.status === 200,
      why: 'A token without an end is accepted, and is good for ever. One service that forgets to set it, or one forged token, and no clock helps any more.',
      hints: [
        'What does the verifier do where exp is not there?',
        'Most libraries check what is in the token, and ask for nothing that is not.',
        'Say which claims a token must have.',
      ],
    },
    {
      id: 'odd-end-accepted',
      when: (f) => f.claim === 'oddEnd' && f.status === 200,
      why: 'An exp that is no number is accepted: the comparison converts it, or compares with nothing and finds nothing wrong. What the end is then nobody knows.',
      hints: [
        'See in Did what stood in the place of exp.',
        'What does your language make of a comparison of that with a number?',
        'Look at the type first, then compare.',
      ],
    },
    {
      id: 'nbf-ignored',
      when: (f) => f.claim === 'early' && f.status === 200,
      why: 'A token is accepted before its time. Whoever issues tokens for later, for a shift that begins tomorrow, gave access today.',
      hints: [
        'See in Did how far ahead nbf lies.',
        'Is nbf looked at, and by how much may it lie ahead?',
        'exp is the end, nbf the beginning; both bound the time.',
      ],
    },
  ],
})
