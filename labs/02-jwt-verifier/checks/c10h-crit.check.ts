import { check } from '../../../workbook/grader/index.ts'
import { goodAnswer, identityOf, me, mintFor, refusals, signedIn } from './kit.ts'

export const crit = check({
  id: 'C10h',
  title: 'A token that asks for what the server does not know is refused',
  level: 'hard',
  rationale:
    'crit says: whoever does not understand this must not accept me. Who passes over it accepts a token under rules that its issuer did not mean.',
  lesson: '01-authentication/03-a-jwt-is-a-policy#critical-headers',
  sources: ['rfc7515-4.1.11'],
  capabilities: ['http', 'keys'],
  lane: 'shared',
  budget: { ms: 30_000, requests: 12 },
  claims: {
    accepted: { clause: 'verify.1', says: 'the same extension without crit is passed over' },
    unknown: { clause: 'verify.10', says: 'an extension in crit that nobody knows is refused', twin: 'accepted' },
    empty: { clause: 'verify.10', says: 'an empty crit is refused', twin: 'accepted' },
  },
  async run(kit) {
    const { expect, step, rng } = kit
    const session = await signedIn(kit)
    const mint = await mintFor(kit, session)
    await goodAnswer(kit, session, mint)
    const name = `https://${rng.text(6)}.example/${rng.text(5)}`
    const ask = (what: string, header: Record<string, unknown>) =>
      step(`ask with ${what}`, () => me(kit, mint.token({ header })))
    expect('accepted', await ask('an extension and no crit', { [name]: true }))
      .status(200)
      .json(identityOf(session.account), 'the identity of the account')
    expect('unknown', await ask('an extension that crit names', { [name]: true, crit: [name] })).refused(refusals)
    expect(
      'unknown',
      await ask('an extension that crit names, as its second', { b64: true, [name]: 1, crit: ['b64', name] }),
    ).refused(refusals)
    expect('empty', await ask('an empty crit', { crit: [] })).refused(refusals)
  },
  diagnose: [
    {
      id: 'crit-empty',
      when: (f) => f.claim === 'empty' && f.status === 200,
      why: 'An empty crit is accepted. RFC 7515 forbids it: a token that lists nothing and says that it is critical was not made by a program that knows what it does.',
      hints: [
        'See in Did what crit was.',
        'What does a loop over an empty list find?',
        'Where crit is there, it has to be a list with something in it.',
      ],
    },
    {
      id: 'crit-ignored',
      when: (f) => f.claim === 'unknown' && f.status === 200,
      why: 'A token is accepted that says it must be refused by whoever does not know its extension. The issuer bound it, to a device or to a request, and here it is good without.',
      hints: [
        'Does anybody look at crit? Your library may not.',
        'An extension that is known may be used; every other name is a refusal.',
        'You know no extension. What follows for a token that has crit?',
      ],
    },
  ],
})
