import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import { check } from '../../../workbook/grader/index.ts'
import { goodAnswer, identityOf, me, mintFor, refusals, signedIn } from './kit.ts'
import { flipped, part, partsOf, rs256 } from './token.ts'

export const integrity = check({
  id: 'C09',
  title: 'A token that was touched is refused',
  level: 'core',
  rationale:
    'A token is one exact text. Whoever reads more than one text as the same token cannot say what was signed.',
  lesson: '01-authentication/03-a-jwt-is-a-policy#form',
  sources: ['rfc8725-3.3', 'rfc7515-5.2'],
  capabilities: ['http', 'keys'],
  lane: 'shared',
  budget: { ms: 30_000, requests: 50 },
  claims: {
    accepted: { clause: 'verify.1', says: 'the token as it was made is accepted' },
    claimsChanged: { clause: 'verify.9', says: 'a token with changed claims or header is refused', twin: 'accepted' },
    signatureChanged: { clause: 'verify.9', says: 'a token with a changed signature is refused', twin: 'accepted' },
    otherKey: { clause: 'verify.9', says: 'a token of another key is refused', twin: 'accepted' },
    shape: { clause: 'verify.9', says: 'a token with a part too many or too few is refused', twin: 'accepted' },
    alphabet: { clause: 'verify.9', says: 'padding and foreign characters are refused', twin: 'accepted' },
    serialisation: { clause: 'verify.9', says: 'the JSON serialisations are refused', twin: 'accepted' },
  },
  async run(kit) {
    const { expect, step, rng } = kit
    const session = await signedIn(kit)
    const mint = await mintFor(kit, session)
    await goodAnswer(kit, session, mint)
    const good = mint.token()
    const [head, body, signature] = partsOf(good)
    const ask = (what: string, token: string) => step(`ask with ${what}`, () => me(kit, token))
    expect('accepted', await ask('a good token', good))
      .status(200)
      .json(identityOf(session.account), 'the identity of the account')

    // Claims that are good in themselves: only the signature can tell.
    const later = mint.claims({ exp: Math.floor(Date.now() / 1000) + 250 })
    for (const [what, token] of [
      ['other claims under the same signature', `${head}.${part(later)}.${signature}`],
      ['the role admin under the same signature', `${head}.${part(mint.claims({ role: 'admin' }))}.${signature}`],
      ['a header with one member more', `${part(mint.header({ cty: 'JWT' }))}.${body}.${signature}`],
      // Within the last text of the claims: still JSON.
      ['a bit of the claims flipped', `${head}.${flipped(body, () => jtiAt(body))}.${signature}`],
    ] as const)
      expect('claimsChanged', await ask(what, token)).refused(refusals)

    for (const [how, what, token] of [
      ['bit', 'the first bit of the signature flipped', `${head}.${body}.${flipped(signature, () => 0)}`],
      [
        'bit',
        'a bit in the middle of the signature flipped',
        `${head}.${body}.${flipped(signature, () => rng.int(100, 200))}`,
      ],
      ['bit', 'a bit at the end of the signature flipped', `${head}.${body}.${flipped(signature, (n) => n - 1)}`],
      ['cut', 'the signature without its last bytes', `${head}.${body}.${signature.slice(0, -8)}`],
      ['cut', 'half of the signature', `${head}.${body}.${signature.slice(0, signature.length / 2)}`],
      ['cut', 'an empty signature', `${head}.${body}.`],
      ['bit', 'a signature of zeros', `${head}.${body}.${'A'.repeat(signature.length)}`],
    ] as const)
      expect('signatureChanged', await ask(what, token), { how }).refused(refusals)

    const pair = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
    const stranger = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    expect(
      'otherKey',
      await ask(
        'the kid of the current key and the signature of another',
        rs256(mint.header(), mint.claims(), stranger),
      ),
    ).refused(refusals)
    const second = mint.keys.find((key) => key.kid !== mint.key.kid)?.privateKey ?? stranger
    expect(
      'otherKey',
      await ask(
        'the kid of one key of the folder and the signature of the other',
        rs256(mint.header(), mint.claims(), second),
      ),
    ).refused(refusals)

    for (const [what, token] of [
      ['a fourth part', `${good}.${part({})}`],
      ['a fourth part that is empty', `${good}.`],
      ['two parts', `${head}.${body}`],
      ['five parts', `${good}.${rng.text(6)}.${rng.text(6)}`],
      ['an empty part before the others', `.${good}`],
      ['one part', head],
    ] as const)
      expect('shape', await ask(what, token)).refused(refusals)

    for (const [what, token] of [
      ['padding after the signature', `${good}==`],
      ['padding after the header', `${head}=.${body}.${signature}`],
      ['an exclamation mark in the signature', `${head}.${body}.${inside(signature, '!')}`],
      ['a tab in the signature', `${head}.${body}.${inside(signature, '\t')}`],
      ['a comma after the signature', `${good},`],
      ['quotes around it', `"${good}"`],
    ] as const)
      expect('alphabet', await ask(what, token)).refused(refusals)
    const plain = signature.replaceAll('-', '+').replaceAll('_', '/')
    // Nearly every signature has one of the two; one that has none is the same text.
    if (plain !== signature)
      expect('alphabet', await ask('the signature in plain Base64', `${head}.${body}.${plain}`)).refused(refusals)

    for (const [what, value] of [
      ['the flattened JSON serialisation', { payload: body, protected: head, signature }],
      ['the general JSON serialisation', { payload: body, signatures: [{ protected: head, signature }] }],
    ] as const) {
      expect('serialisation', await ask(what, JSON.stringify(value))).refused(refusals)
      expect('serialisation', await ask(`${what}, in Base64url`, part(value))).refused(refusals)
    }
  },
  diagnose: [
    {
      id: 'not-verified',
      when: (f) => f.claim === 'claimsChanged' && f.status === 200,
      why: 'Claims that were changed after signing are believed. The token is read and not verified; anybody writes into it whose it is and what they may do.',
      hints: [
        'See in Did what was changed.',
        'Reading a token and verifying it are two functions of every library, with similar names.',
        'Nothing in a token counts before its signature does.',
      ],
    },
    {
      id: 'signature-in-part',
      when: (f) => f.claim === 'signatureChanged' && f.status === 200,
      why: 'A signature that was changed or cut is accepted: only a part of it counts. What is left of it can be guessed or copied.',
      hints: [
        'See in Did which part of the signature did not matter.',
        'Who compares here, and up to which length?',
        'Leave it to the cryptographic routine to say yes or no about the whole.',
      ],
    },
    {
      id: 'any-key-verifies',
      when: (f) => f.claim === 'otherKey' && f.status === 200,
      why: 'A token is accepted that another key signed than the one it names. A key that was to verify old tokens only makes new ones.',
      hints: [
        'See in Did whose signature it was.',
        'How many keys does the verifier try for one token?',
        'The name in the header says which key has to have signed; no other one will do.',
      ],
    },
    {
      id: 'parts-not-counted',
      when: (f) => f.claim === 'shape' && f.status === 200,
      why: 'A token with more parts than three is accepted: what stands behind the third is dropped. Another program that reads the same text may take another part for the signature.',
      hints: [
        'See in Did what was added.',
        'What becomes of the fourth part where the text is split?',
        'Count the parts before you look into them.',
      ],
    },
    {
      id: 'lenient-decoding',
      when: (f) => f.claim === 'alphabet' && f.status === 200,
      why: 'Characters that Base64url does not have are passed over, so that one token has any number of spellings. A list of tokens that were taken back, kept as texts, is avoided by a comma.',
      hints: [
        'See in Did what was added.',
        'What does your decoder do with a character it does not know?',
        'Look at the whole text before it is decoded.',
      ],
    },
    {
      id: 'json-accepted',
      when: (f) => f.claim === 'serialisation' && f.status === 200,
      why: 'A token in a JSON serialisation is accepted. It may have a header that is not signed and several signatures, and the program behind asks only whether one of them was good.',
      hints: [
        'See in Did which form it was.',
        'Which function of the library is called, and which forms does it read?',
        'The contract knows one form. Refuse what does not look like it.',
      ],
    },
  ],
})

/** Puts a character into the middle of a text. */
const inside = (text: string, character: string) => `${text.slice(0, 40)}${character}${text.slice(40)}`

/** A byte of the value of `jti` in a part with claims. */
function jtiAt(body: string): number {
  const bytes = Buffer.from(body, 'base64url')
  return bytes.indexOf('"jti":"') + '"jti":"'.length
}
