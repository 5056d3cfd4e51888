import { createPublicKey } from 'node:crypto'
import { check } from '../../../workbook/grader/index.ts'
import { goodAnswer, identityOf, me, mintFor, refusals, signedIn } from './kit.ts'
import { hmac } from './token.ts'

export const keyConfusion = check({
  id: 'C03',
  title: 'The public key does not serve as a secret',
  level: 'core',
  rationale:
    'A public key is public. Where one routine verifies both RSA and HMAC with "the key", it becomes a password that everybody knows.',
  lesson: '01-authentication/03-a-jwt-is-a-policy#one-key-one-algorithm',
  sources: ['rfc8725-2.1', 'cs-jwt'],
  capabilities: ['http', 'keys'],
  lane: 'shared',
  budget: { ms: 30_000, requests: 32 },
  claims: {
    accepted: { clause: 'verify.1', says: 'the same claims with an RS256 signature are accepted' },
    refused: {
      clause: 'verify.3',
      says: 'a token with an HMAC made with the public key is refused',
      twin: 'accepted',
    },
  },
  async run(kit) {
    const { expect, step, rng } = kit
    const session = await signedIn(kit)
    const mint = await mintFor(kit, session)
    await goodAnswer(kit, session, mint)
    expect('accepted', await step('ask with a good token', () => me(kit, mint.token())))
      .status(200)
      .json(identityOf(session.account), 'the identity of the account')
    const key = createPublicKey(mint.key.privateKey)
    const spki = key.export({ type: 'spki', format: 'pem' }).toString()
    const n = String(key.export({ format: 'jwk' }).n)
    const secrets: [string, string, Buffer | string][] = [
      ['the public key as PEM', 'pem', spki],
      ['the public key as PEM without its last line break', 'pem', spki.trimEnd()],
      ['the public key as PKCS#1 PEM', 'pem', key.export({ type: 'pkcs1', format: 'pem' }).toString()],
      ['the public key as DER', 'der', key.export({ type: 'spki', format: 'der' })],
      ['the member n of the JWK', 'jwk', n],
      ['the bytes of the member n', 'jwk', Buffer.from(n, 'base64url')],
    ]
    for (const [what, form, secret] of rng.shuffle(secrets)) {
      for (const bits of [256, 384, 512] as const) {
        const token = hmac(bits, mint.header({ alg: `HS${bits}` }), mint.claims(), secret)
        expect('refused', await step(`ask with HS${bits}, the secret being ${what}`, () => me(kit, token)), {
          form,
        }).refused(refusals)
      }
    }
  },
  diagnose: [
    {
      id: 'public-key-as-secret',
      when: (f) => f.status === 200 && f.facts.form !== 'jwk',
      why: 'A token with an HMAC is accepted whose secret is the public key, which the server publishes. Whoever reads it makes tokens for anybody.',
      hints: [
        'See in Did which algorithm and which form of the key it was.',
        'The same bytes are a public key to one algorithm and a secret to another. Who decides which?',
        'Where you verify, the algorithm belongs to the key and not to the token.',
      ],
    },
    {
      id: 'modulus-as-secret',
      when: (f) => f.status === 200,
      why: 'A token with an HMAC is accepted whose secret is a member of the published JWK. Whoever reads the JWK set makes tokens for anybody.',
      hints: [
        'See in Did which algorithm and which member it was.',
        'An HMAC needs bytes, and something here takes them from an RSA key.',
        'Where you verify, the algorithm belongs to the key and not to the token.',
      ],
    },
  ],
})
