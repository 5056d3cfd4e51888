import * as z from 'zod'
import { check, type Exchange, type Kit } from '../../../workbook/grader/index.ts'
import { again, identityOf, jwks, me, mintFor, refusals, type Session, signedIn } from './kit.ts'
import { rs256 } from './token.ts'

/** Milliseconds of keys.4. */
const RELOAD_MS = 5_000
const POLL_MS = 120

const keySet = z.object({
  keys: z.array(z.looseObject({ kty: z.literal('RSA'), kid: z.string(), n: z.string().min(1), e: z.string().min(1) })),
})
const secret = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

export const rotation = check({
  id: 'C12',
  title: 'Keys come and go, and nobody is signed out by a new one',
  level: 'core',
  rationale:
    'A key that cannot be changed will not be changed, not even on the day it leaked. And a public key set that holds more than public keys gives the rest away.',
  lesson: '01-authentication/03-a-jwt-is-a-policy#rotating-keys',
  sources: ['asvs-13.3.4', 'rfc7517'],
  capabilities: ['http', 'keys'],
  // It changes the keys under every other check.
  lane: 'last',
  budget: { ms: 60_000, requests: 200 },
  claims: {
    published: { clause: 'jwks.1', says: 'the key set lists every key of the folder, and no other' },
    noSecret: { clause: 'jwks.2', says: 'the key set has no private member' },
    signs: { clause: 'keys.4', says: 'within 5 seconds after a reload the new current key signs' },
    oldStays: { clause: 'keys.2', says: 'tokens of the key before stay good' },
    newGood: { clause: 'keys.2', says: 'tokens of the new key are good' },
    gone: { clause: 'keys.3', says: 'tokens of a key that was taken away are refused', twin: 'newGood' },
  },
  async run(kit) {
    const { expect, step } = kit
    const session = await signedIn(kit)
    const before = await mintFor(kit, session)
    const kidsOf = async (what: string) => {
      const answer = await step(what, () => jwks(kit))
      const { keys } = expect('published', answer).status(200).json(keySet, '{keys: [{kty: "RSA", kid, n, e, …}]}')
      const leaked = keys.flatMap((key) => secret.filter((name) => name in key))
      expect('noSecret').holds(leaked.length === 0, {
        did: 'Looked for private members in the key set',
        expected: 'none of d, p, q, dp, dq, qi, oth, k',
        received: [...new Set(leaked)].join(', '),
      })
      return { kids: keys.map((key) => key.kid).sort(), answer }
    }
    const lists = (kids: string[], wanted: string[], answer: Exchange, at: string) =>
      expect('published').holds(kids.join() === wanted.toSorted().join(), {
        did: `Read the key set ${at}`,
        expected: `the kids of the folder: ${wanted.toSorted().join(', ')}`,
        received: kids.join(', ') || 'none',
        exchange: answer,
        facts: { missing: wanted.some((kid) => !kids.includes(kid)) },
      })
    const first = await kidsOf('read the key set')
    lists(
      first.kids,
      before.keys.map((key) => key.kid),
      first.answer,
      'at the beginning',
    )

    // A new key signs.
    const next = await kit.keys.add()
    await kit.keys.use(next.kid)
    const way = await kit.keys.reload()
    const latest: { session: Session } = { session }
    const took = await until(kit, async () => {
      latest.session = await again(kit, session.account)
      return latest.session.header.kid === next.kid
    })
    expect('signs').holds(took !== undefined, {
      did: `Changed "current" to a new key, and reloaded (${way})`,
      expected: `tokens with the kid ${next.kid}`,
      received: `still ${String(latest.session.header.kid)}, ${RELOAD_MS / 1000} s later`,
    })
    const shape = 'the identity of the account'
    expect('newGood', await step('ask with a token of the new key', () => me(kit, latest.session.token)))
      .status(200)
      .json(identityOf(session.account), shape)
    for (const [what, token] of [
      ['a token that was issued before', session.token],
      ['a token minted with the key before', before.token()],
    ] as const)
      expect('oldStays', await step(`ask with ${what}`, () => me(kit, token)), { part: 'change' })
        .status(200)
        .json(identityOf(session.account), shape)
    const both = await kidsOf('read the key set after the change')
    lists(both.kids, [...before.keys.map((key) => key.kid), next.kid], both.answer, 'after the change')

    // The old one goes.
    await kit.keys.remove(before.key.kid)
    await kit.keys.reload()
    const refused: { answer: Exchange | undefined } = { answer: undefined }
    await until(kit, async () => {
      refused.answer = await step('ask with a token of the key that was taken away', () => me(kit, session.token))
      return refusals.some((status) => status === refused.answer?.response?.status)
    })
    if (refused.answer !== undefined) expect('gone', refused.answer).refused(refusals)
    const minted = rs256({ ...before.header(), kid: next.kid }, before.claims(), next.privateKey)
    for (const token of [latest.session.token, minted])
      expect('newGood', await step('ask with a token of the new key, the old one being away', () => me(kit, token)))
        .status(200)
        .json(identityOf(session.account), shape)
    const last = await kidsOf('read the key set without the old key')
    const left = before.keys.map((key) => key.kid).filter((kid) => kid !== before.key.kid)
    lists(last.kids, [...left, next.kid], last.answer, 'after the old key was taken away')
  },
  diagnose: [
    {
      id: 'private-key-published',
      when: (f) => f.claim === 'noSecret',
      why: 'The public key set holds members of the private key. Everybody who can reach it, and every cache that keeps it, signs tokens as you do.',
      hints: [
        'Received names the members that do not belong there.',
        'An RSA key as JWK has both halves in one object.',
        'Publish from the public key, and name the members that you publish.',
      ],
    },
    {
      id: 'keys-not-listed',
      when: (f) => f.claim === 'published' && f.facts.missing === true,
      why: 'The key set lacks a key whose tokens are good. Whoever verifies by it refuses them, at the latest when the key is changed.',
      hints: [
        'Compare Expected and Received.',
        'Which keys verify here, and which of them are listed?',
        'The set is what verifies, not what signs.',
      ],
    },
    {
      id: 'gone-key-listed',
      when: (f) => f.claim === 'published' && f.facts.missing === false,
      why: 'The key set lists a key that is not in the folder. Whoever verifies by it goes on accepting tokens of a key that was taken away, perhaps because it leaked.',
      hints: [
        'Compare Expected and Received.',
        'What becomes of the list when the folder is read again?',
        'Read anew means: nothing of before is left.',
      ],
    },
    {
      id: 'key-not-taken-up',
      when: (f) => f.claim === 'signs',
      why: 'The file current names another key, and new tokens are still signed with the one before. On the day a key leaks, nothing that you do in the folder helps.',
      hints: [
        'Did names the way in which the server was told. Is it the one that your program listens to?',
        'When is the folder read, and when is current?',
        'Whoever signs has to ask which key is current at that moment.',
      ],
    },
    {
      id: 'old-tokens-die',
      when: (f) => f.claim === 'oldStays' && f.status === 401,
      why: 'A new key signs, and tokens of the key before are refused although it is still there. Everybody who is signed in is thrown out by each change of keys.',
      hints: [
        'Which keys does the verifier know after the reload?',
        'The key before stays in the folder for as long as its tokens live.',
        'One key signs; every key of the folder verifies.',
      ],
    },
    {
      id: 'gone-key-verifies',
      when: (f) => f.claim === 'gone' && f.status === 200,
      why: 'A key was taken out of the folder, and its tokens are still accepted. Whoever has the key that leaked goes on signing.',
      hints: [
        'Where are keys kept between two requests, and who takes one out?',
        'What becomes of the keys of before when the folder is read again?',
        'Read anew means: nothing of before is left.',
      ],
    },
  ],
})

/** Asks until it holds, for as long as a reload may take. Gives the milliseconds that it took, undefined where it did not come. */
async function until(kit: Kit, holds: () => Promise<boolean>): Promise<number | undefined> {
  const started = performance.now()
  while (true) {
    // The last question is asked after the time is over: what holds then held at its end.
    const late = performance.now() - started > RELOAD_MS
    if (await holds()) return performance.now() - started
    if (late) return undefined
    await kit.clock.pass(POLL_MS, 'a reload of keys')
  }
}
