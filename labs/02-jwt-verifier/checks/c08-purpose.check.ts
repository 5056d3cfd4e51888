import { check } from '../../../workbook/grader/index.ts'
import { goodAnswer, identityOf, me, mintFor, refusals, signedIn } from './kit.ts'

export const purpose = check({
  id: 'C08',
  title: 'A token made for another purpose opens nothing',
  level: 'core',
  rationale:
    'The link in a mail, the id token of a login and a refresh token are JWTs of the same key. Only their type tells them apart.',
  lesson: '01-authentication/03-a-jwt-is-a-policy#purpose',
  sources: ['rfc8725-3.11', 'rfc9068', 'asvs-9.2.2'],
  capabilities: ['http', 'keys'],
  lane: 'shared',
  budget: { ms: 30_000, requests: 26 },
  claims: {
    accepted: { clause: 'verify.8', says: 'the type at+jwt is accepted' },
    long: { clause: 'verify.8', says: 'the type application/at+jwt is accepted' },
    plain: { clause: 'verify.8', says: 'the type JWT, or none, is refused', twin: 'accepted' },
    other: { clause: 'verify.8', says: 'every other type is refused', twin: 'accepted' },
  },
  async run(kit) {
    const { expect, step, rng } = kit
    const session = await signedIn(kit)
    const mint = await mintFor(kit, session)
    await goodAnswer(kit, session, mint)
    const ask = (what: string, header: Record<string, unknown>, claims = {}) =>
      step(`ask with ${what}`, () => me(kit, mint.token({ header, claims })))
    const identity = identityOf(session.account)
    expect('accepted', await ask('the type at+jwt', {}))
      .status(200)
      .json(identity, 'the identity of the account')
    expect('long', await ask('the type application/at+jwt', { typ: 'application/at+jwt' }))
      .status(200)
      .json(identity, 'the identity of the account')
    expect('plain', await ask('an id token, of the type JWT', { typ: 'JWT' }, { nonce: rng.text(12) }), {
      none: false,
    }).refused(refusals)
    expect('plain', await ask('no type', { typ: undefined }), { none: true }).refused(refusals)
    for (const typ of rng.shuffle([
      'verify-email+jwt',
      'reset-password+jwt',
      'refresh+jwt',
      'rt+jwt',
      'logout+jwt',
      'id+jwt',
      `${rng.text(6)}+jwt`,
    ]))
      expect('other', await ask(`the type ${typ}`, { typ }, { purpose: typ.split('+')[0] })).refused(refusals)
    for (const [what, typ] of [
      ['a list as type', ['at+jwt']],
      ['null as type', null],
      ['the type xat+jwt', 'xat+jwt'],
      ['the type at+jwt2', 'at+jwt2'],
    ] as const)
      expect('other', await ask(what, { typ })).refused(refusals)
  },
  diagnose: [
    {
      id: 'type-only-if-there',
      when: (f) => f.claim === 'plain' && f.facts.none === true && f.status === 200,
      why: 'A token without a type is accepted. Every kind of token that was signed before types were in use, and every one whose author forgot it, opens the API.',
      hints: [
        'See in Did what was left out.',
        'What does the verifier do where typ is not there?',
        'A rule that only looks at what is there is kept by leaving it out.',
      ],
    },
    {
      id: 'type-ignored',
      when: (f) => f.claim === 'plain' && f.status === 200,
      why: 'An id token, which every page that signs in with you receives, opens the API as if it were an access token. It was made to tell who somebody is, not to let anybody act for them.',
      hints: [
        'See in Did what the type was.',
        'The claims and the key are those of an access token. What tells the two apart?',
        'Ask for the type where you verify.',
      ],
    },
    {
      id: 'type-by-exception',
      when: (f) => f.claim === 'other' && f.status === 200,
      why: 'A token of another kind opens the API: what is refused is a list of known types, and this one is not on it. The next kind that somebody invents will not be either.',
      hints: [
        'See in Did what the type was.',
        'Look for a list of types that are forbidden, or a comparison of a part of the text.',
        'There is one kind that is right. Ask for that one.',
      ],
    },
    {
      id: 'long-type-refused',
      when: (f) => f.claim === 'long' && f.status === 401,
      why: 'The type with its prefix application/ is refused. RFC 7515 lets issuers leave the prefix out or write it, and RFC 9068 tells APIs to accept both.',
      hints: [
        'See in Did what the type was.',
        'A media type has two halves, and one may be left out.',
        'Two texts are right here.',
      ],
    },
  ],
})
