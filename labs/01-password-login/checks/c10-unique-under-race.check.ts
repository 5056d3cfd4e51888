import { check, type Exchange, type Kit } from '../../../workbook/grader/index.ts'
import { type Account, createdStatus, login, newAccount, register, strong } from './kit.ts'

const PARALLEL = 10
/** Where the answers do not tell who won, each password is tried afterwards: no more than a throttle lets pass. */
const FEW = 4

export const uniqueUnderRace = check({
  id: 'C10',
  title: 'One address, one account, also when ten register at once',
  level: 'core',
  rationale:
    'A double click, a retry and an attacker all send the same registration twice at the same moment. "Look, then insert" makes two accounts of it.',
  lesson: '01-authentication/02-passwords-now#unique-under-race',
  sources: ['asvs-15.4.2'],
  capabilities: ['http', 'sql', 'gate'],
  lane: 'alone',
  budget: { ms: 60_000, requests: 2 * PARALLEL + 8 },
  claims: {
    one: { clause: 'register.4', says: 'exactly one of the registrations succeeds' },
    rest: { clause: 'register.4', says: 'all others are answered 409', twin: 'one' },
    oneRow: { clause: 'register.3', says: 'the users table holds the address once' },
    winner: { clause: 'register.4', says: 'the one that succeeded signs in' },
  },
  async run(kit) {
    await race(kit, 'at once', (send) => Promise.resolve(send()))
    // The gate brings all of them to the insert before any is let through: a race found by order, not by luck.
    await race(kit, 'at once, held together in front of the insert', async (send) => (await kit.gate.hold(send)).value)
  },
  diagnose: [
    {
      id: 'race-500',
      when: (f) => f.facts.errors === true,
      why: 'Of registrations at the same moment some end in a server error. The database kept the address unique, and the program was surprised by it.',
      hints: [
        'Read the log line of one of the 5xx answers.',
        'The check before the insert cannot see what another request is about to insert.',
        'The refusal of the database is an answer for the client: turn it into 409 email_taken.',
      ],
    },
    {
      id: 'duplicates-made',
      when: (f) => f.claim === 'one' || (f.claim === 'oneRow' && f.facts.refused !== true),
      why: 'One address got several accounts. From then on it depends on the order of rows who signs in, and a password change reaches only one of them.',
      hints: [
        'What keeps two inserts of one address apart?',
        'Between looking and inserting lies the slow hash, which is time enough for ten others.',
        'Only the database sees all requests; let it keep the rule.',
      ],
    },
    {
      id: 'refused-but-stored',
      when: (f) => f.claim === 'oneRow' && f.facts.refused === true,
      why: 'The answers are right, one 201 and 409 for all others, and the table does not say the same. Where a refused registration leaves a row, an address has accounts that its owner never heard of.',
      hints: [
        'Look at the rows of the address in the table users. Which registrations do they come from?',
        'Follow a registration that ends in 409: which statements have run by then?',
        'A registration that is refused changes nothing. What is worth keeping of it belongs into the log.',
      ],
    },
    {
      id: 'winner-overwritten',
      when: (f) => f.claim === 'winner',
      why: 'One registration got 201, and its password does not sign in: another one, which was refused, wrote over it. Whoever sends a second registration at the right moment owns the account of the first.',
      hints: [
        'Compare the stored hash after the first insert with the one after all answers.',
        'Several requests were told that the address is free. What does the statement of the second one do to the row of the first?',
        'A registration that is refused must not have written anything.',
      ],
    },
  ],
})

type Send = () => Promise<Exchange[]>

async function race(
  kit: Kit & Pick<Parameters<typeof uniqueUnderRace.run>[0], 'expect' | 'step'>,
  how: string,
  start: (send: Send) => Promise<Exchange[]>,
): Promise<void> {
  const { expect, step } = kit
  const account = newAccount(kit)
  const loop = kit.course.signUp === 'email-loop'
  const parallel = loop ? FEW : PARALLEL
  const tries: Account[] = Array.from({ length: parallel }, () => ({ ...account, password: strong(kit.rng) }))
  const answers = await start(() => Promise.all(tries.map((t) => register(kit, t))))
  const statuses = answers.map((a) => a.response?.status ?? 0)
  const created = statuses.filter((s) => s === createdStatus(kit)).length
  const conflicts = statuses.filter((s) => s === 409).length
  const odd = answers.find((a) => ![createdStatus(kit), 409].includes(a.response?.status ?? 0))
  const evidence = {
    did: `Registered one address ${parallel} times ${how}`,
    expected: loop ? `${parallel} times 202` : `1 time 201, ${parallel - 1} times 409`,
    received: [...new Set(statuses)]
      .sort()
      .map((s) => `${statuses.filter((t) => t === s).length} times ${s === 0 ? 'no answer' : s}`)
      .join(', '),
    facts: { errors: statuses.some((s) => s >= 500) },
    ...(odd ? { exchange: odd } : {}),
  }
  expect('one').holds(loop ? created >= 1 : created === 1, evidence)
  // In the design with a mail every answer may be 202; whether it must be is C13's subject.
  expect('rest').holds(loop ? created + conflicts === parallel : conflicts === parallel - 1, evidence)
  const rows = await kit.sql
    .query`SELECT count(*)::int AS n FROM users WHERE lower(email) = ${account.email.toLowerCase()}`
  expect('oneRow').holds(Number(rows[0]?.n) === 1, {
    did: evidence.did,
    expected: '1 row in users',
    received: `${rows[0]?.n} rows`,
    facts: { refused: !loop },
  })
  if (loop) {
    // The answers do not tell who won, so every password is tried: one of them is the account's.
    const statuses = []
    for (const t of tries) statuses.push((await login(kit, t.email, t.password)).response?.status ?? 0)
    const signedIn = statuses.filter((s) => s === 200).length
    expect('winner').holds(signedIn === 1, {
      did: `Signed in with each of the ${parallel} passwords`,
      expected: '1 of them signs in',
      received: `${signedIn} sign in`,
    })
    return
  }
  const winner = tries[statuses.indexOf(201)] ?? account
  expect(
    'winner',
    await step('sign in with the password of the registration that got 201', () =>
      login(kit, winner.email, winner.password),
    ),
  ).status(200)
}
