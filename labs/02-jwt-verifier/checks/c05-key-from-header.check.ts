import { createPublicKey, generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import { check, NotOffered, PreconditionFailed, receivedOf } from '../../../workbook/grader/index.ts'
import { selfSigned } from './certificate.ts'
import { goodAnswer, identityOf, me, mintFor, refusals, signedIn, word } from './kit.ts'
import { type Json, rs256 } from './token.ts'

/** So long a request may take that the server sends without waiting for it. */
const LATE_MS = 200

export const keyFromHeader = check({
  id: 'C05',
  title: 'No token brings its own key',
  level: 'core',
  rationale:
    'A header can hold a key, or the address of one. Who uses it verifies that the sender agrees with itself; who fetches it can be sent anywhere in the network.',
  lesson: '01-authentication/03-a-jwt-is-a-policy#no-keys-from-the-token',
  sources: ['asvs-9.1.3', 'rfc8725-3.10'],
  capabilities: ['http', 'keys', 'attacker'],
  lane: 'shared',
  budget: { ms: 60_000, requests: 16 },
  claims: {
    accepted: {
      clause: 'verify.1',
      says: 'the same token without the extra header, signed by a key of the folder, is accepted',
    },
    brought: { clause: 'verify.5', says: 'a key in the header (jwk, x5c) is not used', twin: 'accepted' },
    pointed: { clause: 'verify.5', says: 'a key that the header points to (jku, x5u) is not used', twin: 'accepted' },
    nobodyAsked: { clause: 'verify.5', says: 'nobody outside is asked for a key' },
  },
  async run(kit) {
    const { expect, step, rng } = kit
    const [session, attacker, pair] = await Promise.all([
      signedIn(kit),
      kit.attacker(),
      promisify(generateKeyPair)('rsa', { modulusLength: 2048 }),
    ])
    const mint = await mintFor(kit, session)
    await goodAnswer(kit, session, mint)
    const theirs = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const kid = `${word(rng)}-${rng.text(4)}`
    const jwk = { ...createPublicKey(theirs).export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' }
    const der = selfSigned(theirs, word(rng))
    const pem = `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{64}/g, '$&\n').trimEnd()}\n-----END CERTIFICATE-----\n`
    const own = { ...jwk, kid: mint.key.kid }
    await attacker.serve({
      '/jwks.json': { type: 'application/json', body: JSON.stringify({ keys: [jwk, own] }) },
      '/.well-known/jwks.json': { type: 'application/json', body: JSON.stringify({ keys: [jwk, own] }) },
      '/cert.pem': { type: 'application/x-pem-file', body: pem },
    })
    // The twin of "nobody asked": from where the server runs, somebody who asks is caught.
    const knock = `/${rng.text(12)}`
    const reached = async () => {
      const through = await attacker.reach(knock)
      const caught = await attacker.caught()
      return through && caught.some(({ path }) => path === knock)
    }
    if (!(await reached())) throw new NotOffered('the attacker’s server cannot be reached from where the API runs')

    expect('accepted', await step('ask with a good token', () => me(kit, mint.token())))
      .status(200)
      .json(identityOf(session.account), 'the identity of the account')
    const forged = (header: Json) => rs256(mint.header(header), mint.claims(), theirs)
    // A signature that nobody looks at is another matter, and C09's.
    const plain = await step('ask with the signature of a stranger', () => me(kit, forged({})))
    if (plain.response?.status === 200)
      throw new PreconditionFailed('C09', {
        did: 'ask with the signature of a stranger',
        expected: 'a refusal',
        received: receivedOf(plain),
        exchange: plain,
      })
    for (const name of [kid, mint.key.kid]) {
      const as = name === kid ? 'a kid of their own' : 'the kid of the current key'
      for (const [claim, what, header] of [
        ['brought', 'jwk', { jwk: { ...jwk, kid: name } }],
        ['brought', 'x5c', { x5c: [der.toString('base64')] }],
        ['pointed', 'jku', { jku: `${attacker.origin}/jwks.json` }],
        ['pointed', 'x5u', { x5u: `${attacker.origin}/cert.pem` }],
      ] as const) {
        const exchange = await step(`ask with the attacker's key in "${what}", and ${as}`, () =>
          me(kit, forged({ kid: name, ...header })),
        )
        expect(claim, exchange, { what }).refused(refusals)
      }
    }
    const url = await step("ask with the attacker's address as iss and as kid", () =>
      me(
        kit,
        rs256(mint.header({ kid: `${attacker.origin}/jwks.json` }), mint.claims({ iss: attacker.origin }), theirs),
      ),
    )
    expect('pointed', url, { what: 'kid' }).refused(refusals)

    await kit.clock.pass(LATE_MS, 'a request that the server sends without waiting for it')
    const asked = (await attacker.caught()).filter(({ path }) => path !== knock)
    expect('nobodyAsked').holds(asked.length === 0, {
      did: "Looked for requests at the attacker's server",
      expected: 'none',
      received: asked.map(({ method, path }) => `${method} ${path}`).join(', '),
    })
    if (!(await reached()))
      throw new NotOffered('the attacker’s server could not be reached any more from where the API runs')
  },
  diagnose: [
    {
      id: 'header-key-used',
      when: (f) => f.claim === 'brought' && f.status === 200,
      why: 'A token is verified with the key that it brings along. It proves that its sender agrees with itself, and nothing else: whoever makes a key pair signs in as anybody.',
      hints: [
        'See in Did which member of the header held the key.',
        'Some libraries have a helper that does just this. What is it meant for?',
        'A key has to be yours before the token comes; the token may only say which.',
      ],
    },
    {
      id: 'header-key-fetched',
      when: (f) => f.claim === 'pointed' && f.status === 200,
      why: 'A token is verified with a key from an address that the token names. Whoever owns an address signs in as anybody, and your server calls whom they like.',
      hints: [
        'See in Did which member of the header held the address.',
        'A key set by URL is for an issuer that you know. Where does this URL come from?',
        'The address of a key set, if there is one, belongs into your settings.',
      ],
    },
    {
      id: 'asks-the-attacker',
      when: (f) => f.claim === 'nobodyAsked',
      why: 'The token was refused, but the server first asked the address in its header. A stranger makes it send requests from inside your network, to any host and port they name.',
      hints: [
        'Received shows what was asked for.',
        'The address was fetched before anything about the token was known. What was its answer used for?',
        'Take the address out of consideration, and not only its answer.',
      ],
    },
  ],
})
