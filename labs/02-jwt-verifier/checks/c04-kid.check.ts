import { anyClientError, check } from '../../../workbook/grader/index.ts'
import { goodAnswer, identityOf, me, mintFor, refusals, signedIn } from './kit.ts'
import { hmac, rs256 } from './token.ts'

/** Milliseconds of http.2. */
const AT_MOST = 1_000

export const kid = check({
  id: 'C04',
  title: 'The name of a key is looked up, and is nothing else',
  level: 'core',
  rationale:
    'kid is text from a stranger. Where it becomes a path, a query or a property name, the stranger chooses the key, the file, or the way the server falls over.',
  lesson: '01-authentication/03-a-jwt-is-a-policy#key-lookup',
  sources: ['rfc8725-3.10', 'asvs-9.1.3'],
  capabilities: ['http', 'keys'],
  lane: 'shared',
  budget: { ms: 40_000, requests: 70 },
  claims: {
    accepted: { clause: 'verify.1', says: 'the same token with the name of its key is accepted' },
    unknown: { clause: 'verify.4', says: 'a token whose kid names no key is refused', twin: 'accepted' },
    noText: { clause: 'verify.4', says: 'a kid that is missing or no text is refused', twin: 'accepted' },
    path: { clause: 'verify.4', says: 'a kid that is a path to a key or to a file is refused', twin: 'accepted' },
    calm: { clause: 'http.2', says: 'no kid makes the server fail, or takes it a second' },
  },
  async run(kit) {
    const { expect, step, rng } = kit
    const session = await signedIn(kit)
    const mint = await mintFor(kit, session)
    await goodAnswer(kit, session, mint)
    const name = mint.key.kid
    /** A token whose signature is one of the current key, whatever its kid says. */
    const named = (value: unknown) => rs256(mint.header({ kid: value }), mint.claims(), mint.key.privateKey)
    const ask = (what: string, token: string) =>
      step(`ask with ${what}`, async () => {
        const exchange = await me(kit, token)
        // One slow answer may be the machine's: the quicker of two counts.
        const quicker = exchange.ms < AT_MOST ? exchange : await me(kit, token)
        expect('calm').holds((quicker.response?.status ?? 0) < 500 && quicker.ms < AT_MOST, {
          did: `Asked with ${what}`,
          expected: 'an answer below 500, within a second',
          received:
            quicker.response === undefined
              ? (quicker.trouble?.text ?? '')
              : `${quicker.response.status} after ${Math.round(quicker.ms)} ms`,
          exchange: quicker,
        })
        return quicker
      })

    expect('accepted', await ask('a good token', mint.token()))
      .status(200)
      .json(identityOf(session.account), 'the identity of the account')

    for (const [what, value] of [
      ['a kid that nobody has', `k${rng.text(10, '0123456789abcdef')}`],
      ['the kid in capitals', name.toUpperCase()],
      ['the beginning of the kid', name.slice(0, -1)],
      ['the kid and one letter more', `${name}0`],
      ['an empty kid', ''],
      ['the kid __proto__', '__proto__'],
      ['the kid constructor', 'constructor'],
      ['the kid and a quote', `${name}' OR '1'='1`],
      ['the kid and a comment', `${name}'--`],
    ] as const)
      expect('unknown', await ask(what, named(value))).refused(refusals)
    for (const [what, value] of [
      ['no kid', undefined],
      ['the kid in a list', [name]],
      ['an object as kid', { toString: name }],
      ['a number as kid', 1],
      ['null as kid', null],
    ] as const)
      expect('noText', await ask(what, named(value)), {
        list: Array.isArray(value),
        missing: value === undefined,
      }).refused(refusals)

    const up = '../'.repeat(rng.int(6, 9))
    for (const [what, value] of [
      ['the kid ./<kid>', `./${name}`],
      ['the kid x/../<kid>', `${rng.text(3)}/../${name}`],
      ['the kid and a NUL byte', `${name}\u0000`],
      ['the kid with .pem', `${name}.pem`],
    ] as const)
      expect('path', await ask(what, named(value)), { how: 'alias' }).refused(refusals)
    for (const [what, value, secret] of [
      ['a path to /dev/null as kid, and an HMAC with nothing', `${up}dev/null`, ''],
      ['a path to /dev/null and a NUL byte as kid, and an HMAC with nothing', `${up}dev/null\u0000`, ''],
      ['the kid current, and an HMAC with what stands in that file', 'current', `${name}\n`],
      ['the kid ../keys/current, and an HMAC with what stands in that file', '../keys/current', `${name}\n`],
      ['the kid current, and an HMAC with what stands in that file, trimmed', 'current', name],
    ] as const)
      expect('path', await ask(what, hmac(256, mint.header({ alg: 'HS256', kid: value }), mint.claims(), secret)), {
        how: 'file',
      }).refused(refusals)

    expect('unknown', await ask('a kid of 10 kB', named(rng.text(10_000)))).refused(anyClientError)
  },
  diagnose: [
    {
      id: 'kid-in-a-path',
      when: (f) => f.claim === 'path' && f.status === 200 && f.facts.how === 'alias',
      why: 'A kid that is a path leads to a key: it becomes part of a file name. With a path of their own choice a stranger makes the server read any file as a key.',
      hints: [
        'See in Did which kid it was, and what path it makes.',
        'Dots and slashes mean something to a file system, and nothing to a map.',
        'Know your keys before the first token comes.',
      ],
    },
    {
      id: 'file-as-secret',
      when: (f) => f.claim === 'path' && f.status === 200,
      why: 'The kid names a file, and its content is taken as a secret. What stands in /dev/null or in the file current is known to everybody, so everybody can sign.',
      hints: [
        'See in Did which file it was.',
        'Two things came together: the file and the algorithm were both chosen by the token.',
        'Neither the place of a key nor the algorithm may come from a token.',
      ],
    },
    {
      id: 'falls-back',
      when: (f) => f.status === 200 && (f.claim === 'unknown' || (f.claim === 'noText' && f.facts.missing === true)),
      why: 'A token whose kid names no key is tried with another one. A key that was taken away for good reason comes back by this door as soon as somebody tries all of them.',
      hints: [
        'See in Did which kid it was. Which key did verify it?',
        'Look for a default where a key is looked up.',
        'A name that is not found is a refusal, not a question for another key.',
      ],
    },
    {
      id: 'kid-converted',
      when: (f) => f.claim === 'noText' && f.status === 200,
      why: 'A kid that is no text is turned into one. Two programs that read the same token then see different keys, and a check of one does not hold in the other.',
      hints: [
        'Received is the answer to a kid in a list. What does a list with one text become as the name of a property?',
        'JSON may hold anything in the place of kid.',
        'Look at the type first, then look the name up.',
      ],
    },
    {
      id: 'kid-breaks',
      when: (f) => f.claim === 'calm' && (f.status ?? 0) >= 500,
      why: 'A kid makes the server fail with an error of its own. One that a stranger can bring about at will is a way to fill the log and to wake somebody at night.',
      hints: [
        'The log line of this request names the error.',
        'See in Did which kid it was, and follow it to the place where the key is looked up.',
        'A name that is not found there, or is found where names of the language live, has to end in 401.',
      ],
    },
  ],
})
