import { check } from '../../../workbook/grader/index.ts'
import { goodAnswer, identityOf, me, mintFor, refusals, signedIn } from './kit.ts'
import { part, partsOf } from './token.ts'

export const none = check({
  id: 'C02',
  title: 'A token that says it needs no signature is refused',
  level: 'core',
  rationale:
    'The algorithm stands in the token, so whoever writes the token chooses it. "none" is one of the choices of the standard.',
  lesson: '01-authentication/03-a-jwt-is-a-policy#no-algorithm-called-none',
  sources: ['rfc8725-3.1', 'asvs-9.1.2'],
  capabilities: ['http', 'keys'],
  lane: 'shared',
  budget: { ms: 30_000, requests: 14 },
  claims: {
    accepted: { clause: 'verify.1', says: 'the same claims with a good header and signature are accepted' },
    unsigned: { clause: 'verify.2', says: 'a token with alg none and no signature is refused', twin: 'accepted' },
    kept: { clause: 'verify.2', says: 'a token with alg none that keeps a signature is refused', twin: 'accepted' },
  },
  async run(kit) {
    const { expect, step } = kit
    const session = await signedIn(kit)
    const mint = await mintFor(kit, session)
    await goodAnswer(kit, session, mint)
    const good = mint.token()
    expect('accepted', await step('ask with a good token', () => me(kit, good)))
      .status(200)
      .json(identityOf(session.account), 'the identity of the account')
    const [, body, signature] = partsOf(good)
    for (const alg of ['none', 'None', 'NONE', 'nOnE']) {
      const head = part(mint.header({ alg }))
      const facts = { exact: alg === 'none' }
      expect(
        'unsigned',
        await step(`ask with "alg":"${alg}" and no signature`, () => me(kit, `${head}.${body}.`)),
        facts,
      ).refused(refusals)
      expect(
        'kept',
        await step(`ask with "alg":"${alg}" and the signature left on`, () => me(kit, `${head}.${body}.${signature}`)),
        facts,
      ).refused(refusals)
    }
  },
  diagnose: [
    {
      id: 'none-accepted',
      when: (f) => f.status === 200 && f.facts.exact === true,
      why: 'A token that says "alg":"none" is accepted. Nobody has to know a key: whoever can write JSON signs in as anybody, today and after every change of keys.',
      hints: [
        'Where does the verifier get the name of the algorithm from?',
        'The header of a token is a claim of whoever sent it, and is not verified yet when it is read.',
        'You issue tokens with one algorithm. Say that one where you verify.',
      ],
    },
    {
      id: 'none-by-letter-case',
      when: (f) => f.status === 200,
      why: 'The word none is refused, and the same word in other letters is not: the list of what is forbidden does not know every spelling. The token needs no key.',
      hints: [
        'See in Did which spelling was accepted.',
        'Something compares with "none" and something behind it ignores letter case.',
        'A list of what is forbidden is never complete. Ask what is allowed instead.',
      ],
    },
  ],
})
