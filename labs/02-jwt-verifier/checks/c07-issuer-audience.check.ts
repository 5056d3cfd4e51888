import { check } from '../../../workbook/grader/index.ts'
import { goodAnswer, identityOf, me, mintFor, refusals, signedIn, word } from './kit.ts'

export const issuerAudience = check({
  id: 'C07',
  title: 'A token of another issuer or for another API is refused',
  level: 'core',
  rationale:
    'One key often signs for several services. A token for the least important of them must not open the most important.',
  lesson: '01-authentication/03-a-jwt-is-a-policy#issuer-and-audience',
  sources: ['rfc8725-3.8', 'asvs-9.2.3'],
  capabilities: ['http', 'keys'],
  lane: 'shared',
  budget: { ms: 30_000, requests: 34 },
  claims: {
    accepted: { clause: 'verify.7', says: 'our issuer and our audience are accepted' },
    inList: { clause: 'verify.7', says: 'a list of audiences that has ours is accepted' },
    issuer: { clause: 'verify.7', says: 'another issuer, or none, is refused', twin: 'accepted' },
    audience: { clause: 'verify.7', says: 'another audience, or none, is refused', twin: 'accepted' },
    list: { clause: 'verify.7', says: 'a list of audiences without ours is refused', twin: 'inList' },
  },
  async run(kit) {
    const { expect, step, rng } = kit
    const session = await signedIn(kit)
    const mint = await mintFor(kit, session)
    await goodAnswer(kit, session, mint)
    const { issuer, audience } = mint
    const ask = (what: string, claims: Record<string, unknown>) =>
      step(`ask with ${what}`, () => me(kit, mint.token({ claims })))
    const identity = identityOf(session.account)
    expect('accepted', await ask('a good token', {}))
      .status(200)
      .json(identity, 'the identity of the account')
    const other = `${word(rng)}-api`
    for (const aud of [[audience], rng.shuffle([other, audience])])
      expect('inList', await ask(`aud ${JSON.stringify(aud)}`, { aud }))
        .status(200)
        .json(identity, 'the identity of the account')

    for (const [how, iss] of [
      ['other', `https://${word(rng)}.example`],
      ['missing', undefined],
      ['near', `${issuer}.${word(rng)}.example`],
      ['near', `${issuer}/`],
      ['near', `https://${word(rng)}.example/?${issuer}`],
      ['near', issuer.toUpperCase()],
      ['near', [issuer]],
    ] as const)
      expect('issuer', await ask(`iss ${JSON.stringify(iss) ?? 'left out'}`, { iss }), { how }).refused(refusals)
    for (const [how, aud] of [
      ['other', other],
      ['missing', undefined],
      ['near', `${audience}-${word(rng)}`],
      ['near', `${word(rng)}-${audience}`],
      ['near', audience.slice(0, -1)],
      ['near', `${other} ${audience}`],
      ['near', ''],
      ['near', { [audience]: true }],
    ] as const)
      expect('audience', await ask(`aud ${JSON.stringify(aud) ?? 'left out'}`, { aud }), { how }).refused(refusals)
    for (const aud of [[other], [], [`${audience}-${word(rng)}`, other], [[audience]]])
      expect('list', await ask(`aud ${JSON.stringify(aud)}`, { aud })).refused(refusals)
  },
  diagnose: [
    {
      id: 'issuer-ignored',
      when: (f) => f.claim === 'issuer' && f.status === 200 && f.facts.how !== 'near',
      why: 'Nobody looks at who issued a token. Where two issuers share a key, or one is trusted for less, their users are yours.',
      hints: [
        'See in Did what iss was.',
        'Is iss compared with anything, also where it is missing?',
        'The value to compare with comes from JWT_ISSUER.',
      ],
    },
    {
      id: 'issuer-nearly',
      when: (f) => f.claim === 'issuer' && f.status === 200,
      why: 'An issuer that only resembles ours is accepted. Names that begin or end like yours can be had by anybody who buys a domain.',
      hints: [
        'Put the iss of Did beside JWT_ISSUER. What do they have in common?',
        'Look for a comparison of a part of the text.',
        'RFC 7519 compares issuers as texts, letter by letter.',
      ],
    },
    {
      id: 'audience-ignored',
      when: (f) => f.claim === 'audience' && f.status === 200 && f.facts.how !== 'near',
      why: 'Nobody looks at whom a token is for. A service that receives a token for itself can use it here, in the name of its user.',
      hints: [
        'See in Did what aud was.',
        'Is aud compared with anything, also where it is missing?',
        'The value to compare with comes from JWT_AUDIENCE.',
      ],
    },
    {
      id: 'audience-nearly',
      when: (f) => (f.claim === 'audience' || f.claim === 'list') && f.status === 200,
      why: 'An audience that only resembles ours is accepted. A token for the API of the billing service opens this one because one name is part of the other.',
      hints: [
        'Put the aud of Did beside JWT_AUDIENCE. What do they have in common?',
        'A text and a list both have a method of the same name that answers another question.',
        'aud is a text or a list of texts. Each is equal to ours or is not.',
      ],
    },
    {
      id: 'list-refused',
      when: (f) => f.claim === 'inList' && f.status === 401,
      why: 'A token for several APIs, ours among them, is refused: the list is compared with the text. Issuers that always write a list are locked out.',
      hints: [
        'See in Did what aud was.',
        'RFC 7519 lets aud be a text or a list.',
        'One entry that is equal is enough.',
      ],
    },
  ],
})
