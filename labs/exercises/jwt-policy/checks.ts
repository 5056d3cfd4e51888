/** X1.3: forgeries and their good twins, each made with real keys of this run. */
import { exerciseCheck, type Outcome } from '../../../workbook/grader/index.ts'
import { gives, house, type Json, maced, part, replaced } from './forge.ts'

const LESSON = '01-authentication/03-a-jwt-is-a-policy'

const accepted = 'the claims of the token'

type Step = <T>(name: string, act: () => Promise<T>) => Promise<T>

/** Asks for each of some tokens, and gives what came back with the words of each. */
async function each(
  step: Step,
  ask: (token: unknown) => Promise<Outcome>,
  tokens: Record<string, string | Promise<string>>,
  see: (outcome: Outcome, name: string) => void,
): Promise<void> {
  for (const [name, token] of Object.entries(tokens)) {
    const made = await token
    see(await step(`verify ${name}`, () => ask(made)), name)
  }
}

const good = exerciseCheck({
  id: 'C01',
  title: 'A good token is accepted, and its claims come back',
  rationale: 'A verifier that refuses everything is secure and useless. Each forgery below has such a twin.',
  lesson: `${LESSON}#the-twin`,
  budgetMs: 5_000,
  claims: {
    rsa: { says: 'a good token under the RSA key is accepted, with its claims' },
    second: { says: 'so is one under the other key, which has another algorithm' },
  },
  async run(context) {
    const { expect, step } = context
    const { mint, ask, claims } = await house(context)
    const rsa = await mint.rsa()
    const ec = await mint.ec()
    expect('rsa', await step('verify a good token, RS256', () => ask(rsa))).returns(gives(claims), accepted)
    expect('second', await step('verify a good token, ES256', () => ask(ec))).returns(gives(claims), accepted)
  },
  diagnose: [
    {
      id: 'not-the-claims',
      when: (f) => f.thrown === undefined,
      why: 'The token is accepted, and what comes back is not its claims. Whoever calls the function does not learn who is there.',
      hints: [
        'See what Received returned.',
        'The caller wants sub and role: both stand in the payload.',
        'A function that verifies may return the parsed payload as it is.',
      ],
    },
    {
      id: 'second-key-refused',
      when: (f) => f.claim === 'second',
      why: 'Tokens of one key are accepted, and those of the other are not. During a change of keys or of algorithms, half of the people are signed out.',
      hints: [
        'What differs between the two keys? Look at policy.algorithms.',
        'Each key has an algorithm of its own, and it is found under the kid.',
        'Is an algorithm written into the function as a word?',
      ],
    },
    {
      id: 'good-refused',
      when: () => true,
      why: 'A token of the right issuer, for the right audience, with a good signature and in time is refused. Nobody gets in.',
      hints: [
        'The error in Received is yours or the library’s: which line threw it?',
        'Print the header and the claims of this token, and go through your conditions one by one.',
        'Times are in seconds, leeway too. A Date wants milliseconds.',
      ],
    },
  ],
})

const none = exerciseCheck({
  id: 'C02',
  title: 'A token that says it needs no signature is refused',
  rationale:
    'The algorithm stands in the token, so whoever writes the token chooses it. "none" is one of the choices of the standard.',
  lesson: `${LESSON}#no-algorithm-called-none`,
  needs: [good],
  budgetMs: 5_000,
  claims: {
    good: { says: 'the same claims with a good header and signature are accepted' },
    unsigned: { says: 'a token with alg none and no signature is refused', twin: 'good' },
    kept: { says: 'a token with alg none that keeps a signature is refused', twin: 'good' },
  },
  async run(context) {
    const { expect, step } = context
    const { mint, ask, claims, heads } = await house(context)
    const token = await mint.rsa()
    expect('good', await step('verify a good token', () => ask(token))).returns(gives(claims), accepted)
    const body = part({ ...claims, role: 'admin' })
    for (const alg of ['none', 'None', 'NONE', 'nOnE']) {
      const head = part({ ...heads.rsa, alg })
      const facts = { exact: alg === 'none' }
      const kept = `${head}.${body}.${token.split('.')[2]}`
      expect(
        'unsigned',
        await step(`verify "alg":"${alg}" without a signature`, () => ask(`${head}.${body}.`)),
        facts,
      ).refused()
      expect('kept', await step(`verify "alg":"${alg}" with a signature left on`, () => ask(kept)), facts).refused()
    }
  },
  diagnose: [
    {
      id: 'none-accepted',
      when: (f) => f.facts.exact === true,
      why: 'A token that says "alg":"none" is accepted, here as an admin. Nobody has to know a key: whoever can write JSON signs in as anybody.',
      hints: [
        'Where does the function get the name of the algorithm from?',
        'The header is a claim of whoever sent it, and is not verified yet when it is read.',
        'Which algorithm a key is for is known before any token comes.',
      ],
    },
    {
      id: 'none-by-letter-case',
      when: () => true,
      why: 'The word none is refused, and the same word in other letters is not: a list of what is forbidden does not know every spelling.',
      hints: [
        'Compare the spelling in Did with the condition that you wrote.',
        'A list of what is forbidden is never complete. How long is the list of what is allowed?',
        'For a given key there is one right value of alg, letter by letter.',
      ],
    },
  ],
})

const signature = exerciseCheck({
  id: 'C03',
  title: 'The signature is the key’s, and over these very claims',
  rationale: 'Everything else in a token can be written by anybody.',
  lesson: `${LESSON}#the-policy`,
  needs: [good],
  budgetMs: 5_000,
  claims: {
    good: { says: 'a token with its own signature is accepted' },
    swapped: { says: 'other claims under the signature of a good token are refused', twin: 'good' },
    other: { says: 'a signature made with somebody else’s key is refused', twin: 'good' },
  },
  async run(context) {
    const { expect, step } = context
    const { mint, ask, claims } = await house(context)
    for (const kind of ['rsa', 'ec'] as const) {
      const token = await mint[kind]()
      expect('good', await step('verify a good token', () => ask(token))).returns(gives(claims), accepted)
      const swapped = replaced(token, 1, part({ ...claims, role: 'admin' }))
      expect('swapped', await step('verify the same with "role":"admin"', () => ask(swapped))).refused()
    }
    const eves = await mint.eve()
    expect('other', await step('verify a token that Eve signed', () => ask(eves))).refused()
  },
  diagnose: [
    {
      id: 'signature-unchecked',
      when: () => true,
      why: 'A token whose signature does not fit is accepted. The claims may be anybody’s, and any role.',
      hints: [
        'Decoding a token is not verifying it.',
        'Where is the result of the verification looked at? A promise that is not awaited is always true.',
        'Read the claims from what the verification returned, and from nowhere else.',
      ],
    },
  ],
})

const algorithm = exerciseCheck({
  id: 'C04',
  title: 'Each key works with its own algorithm alone',
  rationale: 'A public key is public. Taken for the secret of an HMAC, it lets everybody sign.',
  lesson: `${LESSON}#one-key-one-algorithm`,
  needs: [good],
  budgetMs: 5_000,
  claims: {
    good: { says: 'a token under the algorithm of its key is accepted' },
    hmac: { says: 'an HMAC with the public key as its secret is refused', twin: 'good' },
    other: { says: 'a signature of the right key under another algorithm is refused', twin: 'good' },
  },
  async run(context) {
    const { expect, step } = context
    const { mint, ask, claims, heads, texts } = await house(context)
    const token = await mint.rsa()
    expect('good', await step('verify a good token, RS256', () => ask(token))).returns(gives(claims), accepted)
    const head = { ...heads.rsa, alg: 'HS256' }
    const body: Json = { ...claims, role: 'admin' }
    for (const [name, text] of Object.entries(texts)) {
      const forged = await maced(head, body, new TextEncoder().encode(text))
      expect('hmac', await step(`verify HS256, secret: the public key (${name})`, () => ask(forged))).refused()
    }
    const under: Record<string, Promise<string>> = { RS512: mint.under('RS512'), PS256: mint.under('PS256') }
    for (const [alg, made] of Object.entries(under)) {
      const other = await made
      expect('other', await step(`verify ${alg} by the key for RS256`, () => ask(other)), { alg }).refused()
    }
  },
  diagnose: [
    {
      id: 'public-key-as-secret',
      when: (f) => f.claim === 'hmac',
      why: 'The token says HS256, and was made with an HMAC whose secret is the text of your public key. Everybody has that text, so everybody signs as the house.',
      hints: [
        'Who decides here between verifying a signature and computing an HMAC?',
        'A public key must never reach a function that wants a secret.',
        'The key found under the kid is for one algorithm. Compare the header with it before you use either.',
      ],
    },
    {
      id: 'algorithm-from-header',
      when: () => true,
      why: 'The key is for one algorithm, and a token under another one is accepted. The sender chooses how the key is used; with an algorithm that is broken one day, that is the one that Eve names.',
      hints: [
        'Which words may stand in alg for this key? Count them.',
        'policy.algorithms has the answer, by kid.',
        'A family such as RS… is more than one algorithm.',
      ],
    },
  ],
})

const lookup = exerciseCheck({
  id: 'C05',
  title: 'Keys come from the own list, by their exact name',
  rationale: 'The kid is text from a stranger, and a key in the header is a key of the sender’s choice.',
  lesson: `${LESSON}#key-lookup`,
  needs: [good],
  budgetMs: 5_000,
  claims: {
    good: { says: 'a token that names its key is accepted' },
    unknown: { says: 'a token that names no key of the list is refused, whoever signed it', twin: 'good' },
    near: { says: 'a kid that only resembles the name of a key is refused', twin: 'good' },
    own: { says: 'a token that brings its own key is refused', twin: 'good' },
  },
  async run(context) {
    const { expect, step, rng } = context
    const { mint, ask, claims, heads, eve } = await house(context)
    const token = await mint.rsa()
    expect('good', await step('verify a good token', () => ask(token))).returns(gives(claims), accepted)
    const kid = heads.rsa.kid as string
    const stranger = `k-${rng.text(6)}`
    for (const kind of ['rsa', 'ec'] as const)
      await each(
        step,
        ask,
        {
          [`an unknown kid, "${stranger}"`]: mint[kind]({ kid: stranger }),
          'a token without a kid': mint[kind]({ kid: undefined }),
          'an empty kid': mint[kind]({ kid: '' }),
          'the kid "__proto__"': mint[kind]({ kid: '__proto__' }),
        },
        (outcome) => expect('unknown', outcome).refused(),
      )
    await each(
      step,
      ask,
      {
        'the kid as a path': mint.rsa({ kid: `../keys/${kid}` }),
        'the kid with a file’s ending': mint.rsa({ kid: `${kid}.pem` }),
        'the kid in capitals': mint.rsa({ kid: kid.toUpperCase() }),
        'the kid with a space': mint.rsa({ kid: `${kid} ` }),
        'the kid as a list': mint.rsa({ kid: [kid] }),
      },
      (outcome) => expect('near', outcome).refused(),
    )
    const { kid: _, use: __, ...jwk } = eve
    await each(
      step,
      ask,
      {
        'a token of Eve’s with her key in jwk': mint.eve({ jwk }),
        'the same without a kid': mint.eve({ jwk, kid: undefined }),
      },
      (outcome) => expect('own', outcome).refused(),
    )
  },
  diagnose: [
    {
      id: 'key-from-token',
      when: (f) => f.claim === 'own',
      why: 'The token brought its key along, and the signature was checked with that key. It proves that Eve signed with Eve’s key, and she is in.',
      hints: [
        'Which of the keys in reach did you have before the token came?',
        'jwk, jku, x5u and x5c are words of the sender.',
        'The only thing that the header may do for a key is name it.',
      ],
    },
    {
      id: 'kid-bent',
      when: (f) => f.claim === 'near',
      why: 'The name of the key is changed until it fits: a path, other letters, a list. Where names are bent, two programs may find two keys for one token.',
      hints: [
        'Compare the kid in Did with the name that you looked up.',
        'A name that is not in the list, as it came, names nothing.',
        'A kid may be something else than a text. What does your lookup make of that?',
      ],
    },
    {
      id: 'falls-back',
      when: () => true,
      why: 'The token names no key of yours, and another one is taken for it. The name loses its meaning, and keys that you hold for something else become candidates.',
      hints: [
        'What does the function do where the lookup finds nothing?',
        'A client that is late names an old key, which you know. It does not name none.',
        'No entry, no key; no key, no claims.',
      ],
    },
  ],
})

const time = exerciseCheck({
  id: 'C06',
  title: 'A token ends and begins when it says, give or take the leeway',
  rationale: 'A token without an end is good for ever, and so is its copy.',
  lesson: `${LESSON}#time`,
  needs: [good],
  budgetMs: 5_000,
  claims: {
    good: { says: 'a token in its time is accepted, by the clock that was passed in' },
    lenient: { says: 'a token that ended or begins within the leeway is accepted' },
    expired: { says: 'a token whose end is further back than the leeway is refused', twin: 'good' },
    endless: { says: 'a token without an end that is a number is refused', twin: 'good' },
    early: { says: 'a token that begins later than the leeway is refused', twin: 'good' },
  },
  async run(context) {
    const { expect, step, rng } = context
    // Another day than today: the clock is an argument.
    const days = rng.int(30, 3_000) * 86_400
    const now = Math.floor(Date.now() / 1000) + rng.pick([-days, days])
    const { mint, ask, claims, policy } = await house(context, now)
    const { leeway } = policy
    const token = await mint.rsa()
    expect('good', await step('verify a token that ends in 300 s, on another day', () => ask(token))).returns(
      gives(claims),
      accepted,
    )
    const begun = await mint.rsa({}, { nbf: now - 60 })
    expect('good', await step('verify a token with nbf 60 s ago', () => ask(begun))).returns(gives(claims), accepted)
    const over = { exp: now - Math.floor(leeway / 2) }
    const ended = await mint.rsa({}, over)
    expect('lenient', await step('verify a token that ended half a leeway ago', () => ask(ended))).returns(
      gives({ ...claims, ...over }),
      accepted,
    )
    const soon = await mint.rsa({}, { nbf: now + Math.floor(leeway / 2) })
    expect('lenient', await step('verify a token that begins in half a leeway', () => ask(soon))).returns(
      gives(claims),
      accepted,
    )
    const refuse = (claim: 'expired' | 'endless' | 'early', tokens: Record<string, Promise<string>>) =>
      each(step, ask, tokens, (outcome, name) => expect(claim, outcome, { near: name.includes('leeway') }).refused())
    await refuse('expired', {
      'a token that ended an hour ago': mint.rsa({}, { exp: now - 3_600 }),
      [`a token that ended ${leeway + 5} s ago, leeway ${leeway} s`]: mint.rsa({}, { exp: now - leeway - 5 }),
    })
    await refuse('endless', {
      'a token without exp': mint.rsa({}, { exp: undefined }),
      'a token with exp as a text': mint.rsa({}, { exp: String(now + 300) }),
      'a token with exp null': mint.rsa({}, { exp: null }),
    })
    await refuse('early', {
      'a token that begins in an hour': mint.rsa({}, { nbf: now + 3_600, exp: now + 7_200 }),
      [`a token that begins in ${leeway + 5} s, leeway ${leeway} s`]: mint.rsa({}, { nbf: now + leeway + 5 }),
    })
  },
  diagnose: [
    {
      id: 'own-clock',
      when: (f) => f.claim === 'good',
      why: 'A token in its time is refused, by a clock that shows another day than the one passed in. A function that reads the clock itself cannot be tested, and two reads in one request may disagree.',
      hints: [
        'Which clock does each comparison use?',
        'now is an argument, in seconds.',
        'A library that compares times reads the system’s clock unless it is told another date.',
      ],
    },
    {
      id: 'leeway-ignored',
      when: (f) => f.claim === 'lenient',
      why: 'A token that is over or early by less than the leeway is refused. Clocks of two machines differ, and honest people are turned away whenever they do.',
      hints: [
        'The policy allows a difference. Where is it added, and on which side?',
        'exp may be so many seconds ago, nbf so many seconds ahead.',
        'The leeway is in seconds, as the times are.',
      ],
    },
    {
      id: 'begins-early',
      when: (f) => f.claim === 'early',
      why: 'A token is accepted before its nbf. Whoever was given something for tomorrow has it today.',
      hints: [
        'Is nbf looked at where it is there?',
        'It may lie ahead by the leeway and no further.',
        'Compare seconds with seconds.',
      ],
    },
    {
      id: 'no-end',
      when: (f) => f.claim === 'endless',
      why: 'A token whose exp is missing, or is no number, is accepted. It never ends, and taking it back means changing the key for everybody.',
      hints: [
        'A check that looks for "already over" passes what has no end.',
        'Ask for the opposite: a number, and it lies ahead.',
        'Libraries check exp where it is there. That it has to be there, they must be told.',
      ],
    },
    {
      id: 'leeway-too-long',
      when: (f) => f.facts.near === true,
      why: 'A token is accepted longer after its end than the leeway says. Leeway is lifetime for a stolen token.',
      hints: [
        'Where does the number of seconds come from?',
        'The leeway of the policy counts once.',
        'Compare the seconds in Did with your condition.',
      ],
    },
    {
      id: 'never-ends',
      when: () => true,
      why: 'A token that ended an hour ago is accepted. Its expiry is not compared with the time, or the two are in different units.',
      hints: [
        'Print exp and now for this token.',
        'Seconds since 1970 have ten digits, milliseconds thirteen.',
        'A number of milliseconds is always greater than one of seconds.',
      ],
    },
  ],
})

const parties = exerciseCheck({
  id: 'C07',
  title: 'From our issuer, for our audience, by their whole names',
  rationale: 'A good signature on a token for somebody else is still a good signature.',
  lesson: `${LESSON}#issuer-and-audience`,
  needs: [good],
  budgetMs: 5_000,
  claims: {
    good: { says: 'a token of the issuer for the audience is accepted' },
    list: { says: 'a list of audiences that has ours is accepted' },
    issuer: { says: 'a token of another issuer is refused', twin: 'good' },
    audience: { says: 'a token for another audience is refused', twin: 'list' },
  },
  async run(context) {
    const { expect, step } = context
    const { mint, ask, claims, policy } = await house(context)
    const { issuer, audience } = policy
    const token = await mint.rsa()
    expect('good', await step('verify a good token', () => ask(token))).returns(gives(claims), accepted)
    for (const aud of [[audience], ['billing-api', audience]]) {
      const listed = await mint.rsa({}, { aud })
      expect('list', await step(`verify "aud":${JSON.stringify(aud)}`, () => ask(listed))).returns(
        gives(claims),
        accepted,
      )
    }
    const near = (name: string) => [`${name}.eve.example`, name.slice(0, -1), `x${name}`, name.toUpperCase()]
    const tokens = (claim: 'iss' | 'aud', values: unknown[]) =>
      values.map((value) => ({
        claim,
        value,
        nearly: JSON.stringify(value ?? '')
          .toLowerCase()
          .includes(claim === 'iss' ? issuer : audience),
      }))
    const cases = [
      ...tokens('iss', ['https://partner.example', undefined, ...near(issuer)]),
      ...tokens('aud', [
        'billing-api',
        undefined,
        [],
        ['billing-api', 'mail-api'],
        ...near(audience),
        [`${audience}-eu`],
        [[audience]],
      ]),
    ]
    for (const { claim, value, nearly } of cases) {
      const made = await mint.rsa({}, { [claim]: value })
      const name = value === undefined ? `a token without ${claim}` : `"${claim}":${JSON.stringify(value)}`
      const facts = {
        nearly:
          nearly ||
          (typeof value === 'string' && value.length > 0 && (claim === 'iss' ? issuer : audience).includes(value)),
      }
      expect(claim === 'iss' ? 'issuer' : 'audience', await step(`verify ${name}`, () => ask(made)), facts).refused()
    }
  },
  diagnose: [
    {
      id: 'list-refused',
      when: (f) => f.claim === 'list',
      why: 'A token for two services, yours among them, is refused. aud may be a text or a list, and issuers use both.',
      hints: [
        'RFC 7519 section 4.1.3: what may aud be?',
        'Make a list of it first, whichever it was.',
        'Then one entry has to be your name, whole.',
      ],
    },
    {
      id: 'nearly-the-name',
      when: (f) => f.facts.nearly === true,
      why: 'A name that only resembles the right one is accepted. Names are free to register: Eve’s may begin, end or be spelled almost like yours.',
      hints: [
        'Compare the value in Did with the one of the policy.',
        'includes() on a text looks for a part, and on a list for an entry.',
        'Names are compared whole, letter by letter.',
      ],
    },
    {
      id: 'issuer-ignored',
      when: (f) => f.claim === 'issuer',
      why: 'A token of another issuer is accepted. Where a key is shared, or a partner’s is trusted, its owner speaks in the name of the house.',
      hints: [
        'Which claim says who issued the token?',
        'The policy names one issuer.',
        'A missing iss is not the right one either.',
      ],
    },
    {
      id: 'audience-ignored',
      when: () => true,
      why: 'A token for another service is accepted. Whoever runs that service can come to you with the tokens of its users.',
      hints: [
        'Which claim says for whom the token was made?',
        'The policy names one audience.',
        'A missing aud means for nobody, not for everybody.',
      ],
    },
  ],
})

const purpose = exerciseCheck({
  id: 'C08',
  title: 'Of the type that is expected here',
  rationale: 'One issuer signs many kinds of tokens with one key. A link that confirms an address is no access token.',
  lesson: `${LESSON}#purpose`,
  needs: [good],
  budgetMs: 5_000,
  claims: {
    good: { says: 'a token of the type is accepted' },
    long: { says: 'so is one whose type has the prefix application/' },
    other: { says: 'a token of another type, or of none, is refused', twin: 'good' },
  },
  async run(context) {
    const { expect, step } = context
    const { mint, ask, claims, policy } = await house(context)
    const token = await mint.rsa()
    expect('good', await step('verify a good token', () => ask(token))).returns(gives(claims), accepted)
    const long = await mint.rsa({ typ: `application/${policy.type}` })
    expect('long', await step(`verify "typ":"application/${policy.type}"`, () => ask(long))).returns(
      gives(claims),
      accepted,
    )
    for (const typ of ['JWT', 'email+jwt', undefined, '', `x-${policy.type}`]) {
      const made = await mint.rsa({ typ }, { use: 'verify-email' })
      const name = typ === undefined ? 'a token without typ' : `"typ":"${typ}"`
      expect('other', await step(`verify ${name}`, () => ask(made)), { missing: !typ }).refused()
    }
  },
  diagnose: [
    {
      id: 'prefix-refused',
      when: (f) => f.claim === 'long',
      why: 'The type is written in its long form, application/at+jwt, and the token is refused. RFC 7515 section 4.1.9 makes the two one type, and issuers write either.',
      hints: [
        'Compare the type in Did with the one that you expect.',
        'The prefix application/ may be there or not.',
        'Take it away before comparing, and compare the rest whole.',
      ],
    },
    {
      id: 'missing-type-accepted',
      when: (f) => f.facts.missing === true,
      why: 'Another type is refused, and no type at all is accepted. An issuer that leaves it out of its other tokens hands them all over as access tokens.',
      hints: [
        'What does the comparison do where typ is not there?',
        'Only one answer is right, and missing is not it.',
        'A condition that begins with "if there is a typ" lets the rest through.',
      ],
    },
    {
      id: 'type-ignored',
      when: () => true,
      why: 'A token of another kind is accepted: good signature, right issuer, made for another purpose. A link that confirms an address then opens the API.',
      hints: [
        'The signature does not know what it was for. Which field does?',
        'policy.type names one kind.',
        'typ stands in the header, and is covered by the signature.',
      ],
    },
  ],
})

const critical = exerciseCheck({
  id: 'C09',
  title: 'Critical extensions are understood, or the token is refused',
  rationale: 'crit means: whoever does not know this must not go on (RFC 7515 section 4.1.11).',
  lesson: `${LESSON}#critical-headers`,
  needs: [good],
  budgetMs: 5_000,
  claims: {
    good: { says: 'a token without crit is accepted' },
    extra: { says: 'so is one with an unknown field in the header that is not critical' },
    unknown: { says: 'a token with a critical extension that nobody knows is refused', twin: 'extra' },
    empty: { says: 'an empty crit is refused', twin: 'good' },
  },
  async run(context) {
    const { expect, step, rng } = context
    const { mint, ask, claims } = await house(context)
    const token = await mint.rsa()
    expect('good', await step('verify a good token', () => ask(token))).returns(gives(claims), accepted)
    const name = `https://${rng.text(6)}.example/limit`
    const extra = await mint.rsa({ [name]: 1 })
    expect('extra', await step('verify a token with an extension in the header', () => ask(extra))).returns(
      gives(claims),
      accepted,
    )
    const forged = await mint.rsa({ [name]: 1, crit: [name] })
    expect('unknown', await step('verify the same, named in crit', () => ask(forged))).refused()
    const empty = await mint.rsa({ crit: [] })
    expect('empty', await step('verify "crit":[]', () => ask(empty))).refused()
  },
  diagnose: [
    {
      id: 'extension-refused',
      when: (f) => f.claim === 'extra',
      why: 'A field in the header that nobody called critical makes the token fail. RFC 7515 says that such fields are ignored, and issuers add some.',
      hints: [
        'Which fields of the header do you need?',
        'What is not named in crit may be ignored.',
        'A list of allowed fields breaks with the next version of the issuer.',
      ],
    },
    {
      id: 'empty-crit',
      when: (f) => f.claim === 'empty',
      why: 'An empty crit is accepted. RFC 7515 section 4.1.11 forbids it; two programs that read it differently disagree on whether a token is valid.',
      hints: [
        'Does the condition look at the entries, or at whether crit is there?',
        'You understand no extension. Then there is one right answer for any crit.',
        'A length of zero counts as no.',
      ],
    },
    {
      id: 'crit-ignored',
      when: () => true,
      why: 'The token says that an extension must be understood, you do not know it, and the token is accepted. A limit that the issuer wrote into it is not kept.',
      hints: [
        'Is crit looked at anywhere?',
        'Which extensions do you understand? Count them.',
        'With none, the line is short.',
      ],
    },
  ],
})

const form = exerciseCheck({
  id: 'C10',
  title: 'One token has one spelling',
  rationale: 'Lenient decoders give one token many spellings, and every list that is keyed by its text breaks.',
  lesson: `${LESSON}#form`,
  needs: [good],
  budgetMs: 5_000,
  claims: {
    good: { says: 'a token as it was issued is accepted' },
    padded: { says: 'padding and white space inside are refused', twin: 'good' },
    around: { says: 'white space around it is refused', twin: 'good' },
    parts: { says: 'more or fewer than three parts are refused', twin: 'good' },
  },
  async run(context) {
    const { expect, step } = context
    const { mint, ask, claims } = await house(context)
    const token = await mint.rsa()
    expect('good', await step('verify a good token', () => ask(token))).returns(gives(claims), accepted)
    const [head = '', body = '', mark = ''] = token.split('.')
    const refuse = (claim: 'padded' | 'around' | 'parts', tokens: Record<string, string>) =>
      each(step, ask, tokens, (outcome) => expect(claim, outcome).refused())
    await refuse('padded', {
      'the token with == at its end': `${token}==`,
      'the token with a line break in its signature': `${head}.${body}.${mark.slice(0, 9)}\n${mark.slice(9)}`,
      'the token with a space in its signature': `${head}.${body}.${mark.slice(0, 9)} ${mark.slice(9)}`,
    })
    await refuse('around', { 'a space and the token': ` ${token}`, 'the token and a line break': `${token}\n` })
    await refuse('parts', {
      'the token with a fourth part': `${token}.${mark}`,
      'the token with an empty fourth part': `${token}.`,
      'the token without its signature': `${head}.${body}`,
    })
  },
  diagnose: [
    {
      id: 'trimmed',
      when: (f) => f.claim === 'around',
      why: 'White space around the token is taken away, and the token accepted. What is not the token as it was issued now has a second spelling.',
      hints: [
        'Where does the text change before it is checked?',
        'Also $ in a pattern may match before a last line break, with some flags.',
        'Verify the text as it came.',
      ],
    },
    {
      id: 'extra-part',
      when: (f) => f.claim === 'parts',
      why: 'A text with another number of parts is accepted as a token. Whoever adds something behind it has a new spelling of an old token.',
      hints: [
        'What becomes of the fourth part?',
        'Taking a text apart into three names leaves out the rest silently.',
        'Count the parts.',
      ],
    },
    {
      id: 'lenient-decoder',
      when: () => true,
      why: 'The same token is accepted in another spelling, with padding or white space inside. A list of ended tokens that is keyed by the text does not know it.',
      hints: [
        'Who decodes Base64 here, and what does it forgive? The lesson has a table.',
        'The characters of a part are A-Z a-z 0-9 - and _, and no others.',
        'Look at the text before any library does.',
      ],
    },
  ],
})

export default [good, none, signature, algorithm, lookup, time, parties, purpose, critical, form]
