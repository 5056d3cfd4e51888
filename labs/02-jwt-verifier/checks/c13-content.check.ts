import { check } from '../../../workbook/grader/index.ts'
import { again, now, type Session, signedIn } from './kit.ts'
import { partsOf } from './token.ts'

const TOKENS = 30
const AT_ONCE = 5

export const content = check({
  id: 'C13',
  title: 'A token is short-lived, its own, and says little',
  level: 'core',
  rationale:
    'A token is not encrypted. It is read by browsers, proxies, logs and whoever finds it, for as long as it is good.',
  lesson: '01-authentication/03-a-jwt-is-a-policy#what-to-put-in',
  sources: ['cs-jwt', 'asvs-14.2.6'],
  capabilities: ['http'],
  lane: 'shared',
  budget: { ms: 60_000, requests: TOKENS + 8 },
  claims: {
    lifetime: { clause: 'issue.3', says: 'a token is good for ACCESS_TTL seconds at most' },
    unique: { clause: 'issue.4', says: `of ${TOKENS} tokens each has a jti of its own` },
    little: { clause: 'issue.5', says: 'a token holds no address, name, password or hash' },
  },
  async run(kit) {
    const { expect } = kit
    const ttl = Number(kit.settings.env.ACCESS_TTL ?? 900)
    const first = await signedIn(kit)
    const sessions: Session[] = [first]
    while (sessions.length < TOKENS)
      sessions.push(
        ...(await Promise.all(
          Array.from({ length: Math.min(AT_ONCE, TOKENS - sessions.length) }, () => again(kit, first.account)),
        )),
      )

    const { iat, exp } = first.claims
    const seconds = Number(exp) - Number(iat)
    const left = Number(exp) - now()
    // Some seconds for the way and for clocks; a wrong iat does not make a long life short.
    const good = seconds <= ttl && left > 0 && left <= ttl + 5 && first.expiresIn <= ttl
    expect('lifetime').holds(good, {
      did: 'Read iat and exp of an access token, and expiresIn beside it',
      expected: `a life of at most ACCESS_TTL = ${ttl} s`,
      received: `exp − iat is ${seconds} s, exp lies ${left} s ahead, expiresIn is ${first.expiresIn}`,
    })

    const ids = sessions.map(({ claims }) => String(claims.jti))
    const different = new Set(ids).size
    expect('unique').holds(different === TOKENS && first.claims.jti !== undefined, {
      did: `Signed in ${TOKENS} times and compared the jti of the tokens`,
      expected: `${TOKENS} different ones`,
      received: `${different} different ones`,
    })

    const { email, displayName, password } = first.account
    const [head, body] = partsOf(first.token).map((part) => Buffer.from(part, 'base64url').toString('utf8')) as [
      string,
      string,
    ]
    const text = `${head}${body}`
    for (const [what, found] of [
      ['the e-mail address', text.toLowerCase().includes(email.toLowerCase())],
      ['the display name', text.includes(displayName)],
      ['the password', text.includes(password)],
      [
        'a password hash',
        /\$(argon2(id|i|d)|2[abxy]|scrypt|pbkdf2)[$-]|\b(argon2|scrypt|pbkdf2(_sha\d+)?|bcrypt(_sha256)?)\$/.test(text),
      ],
    ] as const)
      expect('little').holds(!found, {
        did: `Looked for ${what} in an access token`,
        expected: 'nothing of it',
        received: `the token holds ${what}`,
        facts: { what },
      })
  },
  diagnose: [
    {
      id: 'lives-too-long',
      when: (f) => f.claim === 'lifetime',
      why: 'An access token lives longer than ACCESS_TTL says. Nothing but its end stops a stolen one, and whoever set the value believes in a shorter one.',
      hints: [
        'Received has the numbers.',
        'Is ACCESS_TTL read where the token is made, or does another number stand there?',
        'exp and iat are whole seconds.',
      ],
    },
    {
      id: 'jti-not-unique',
      when: (f) => f.claim === 'unique',
      why: 'Tokens share a jti. A list of tokens that were taken back, or that may be used once, then ends those of other people, or none.',
      hints: [
        'Received says how many different ones there were.',
        'What is the jti made of, and how often does that change?',
        'Two sign-ins in the same millisecond are two tokens.',
      ],
    },
    {
      id: 'hash-in-token',
      when: (f) => f.claim === 'little' && (f.facts.what === 'a password hash' || f.facts.what === 'the password'),
      why: 'The token holds the hash of a password, or the password itself. Each token that is found in a log is an account that can be guessed at without anybody noticing.',
      hints: [
        'Decode the middle part of a token and read it.',
        'A whole row of a table may have been put in.',
        'Name each claim where the token is made.',
      ],
    },
    {
      id: 'profile-in-token',
      when: (f) => f.claim === 'little',
      why: 'The token holds data of a person. It is signed and not encrypted: whoever sees it reads them, in the browser, in a log, in a bug report.',
      hints: [
        'Decode the middle part of a token and read it.',
        'Who needs that claim? They can ask /api/me.',
        'Name each claim where the token is made, and take out those about the person.',
      ],
    },
  ],
})
