import { argon2Sync, pbkdf2Sync, randomBytes, scryptSync } from 'node:crypto'
import bcrypt from 'bcryptjs'
import { check, type Kit, PreconditionFailed } from '../../../workbook/grader/index.ts'
import { type Account, me, median, refusalTime, registered } from './kit.ts'
import { describeCost, type HashCost, parseHash } from './password-hash.ts'

/** A login may be faster than our own hash of the same parameters (another library), but not four times as fast. */
const SHARE = 0.25
/** Wrong passwords on one account that no throttle of the contract may answer with 429. */
const TRIES = 4

export const labelIsTrue = check({
  id: 'C02h',
  title: 'The hash costs what its label says',
  level: 'hard',
  rationale: 'A hash string states its own parameters, and nothing but a measurement tells whether they were used.',
  lesson: '01-authentication/02-passwords-now#hash-at-rest',
  sources: ['cs-password-storage'],
  capabilities: ['http', 'sql'],
  requires: ['real-cost'],
  lane: 'alone',
  budget: { ms: 90_000, requests: 20 },
  claims: {
    honest: { clause: 'storage.4', says: 'a login costs at least a quarter of what its hash parameters cost here' },
  },
  async run(kit) {
    const account = await registered(kit)
    const rows = await kit.sql
      .query`SELECT password_hash AS hash FROM users WHERE lower(email) = ${account.email.toLowerCase()}`
    const cost = parseHash(String(rows[0]?.hash ?? ''))
    if (cost === undefined) {
      throw new PreconditionFailed('C02', {
        did: 'Read users.password_hash',
        expected: 'a hash that states its parameters',
        received: 'another form',
      })
    }
    let times = await compare(kit, account, cost)
    // A stall of the machine can fall on one side of the comparison: a lie is one twice.
    if (!times.honest) times = await compare(kit, await registered(kit), cost)
    kit.expect('honest').holds(times.honest, {
      did: `Timed ${TRIES} logins less what a request costs without a hash, and the same hash (${describeCost(cost)}) by ourselves, in turns, twice`,
      expected: `a login of at least ${Math.ceil(SHARE * times.own)} ms, a quarter of the hash’s ${Math.round(times.own)} ms`,
      received: `${times.login.toFixed(1)} ms`,
    })
  },
  diagnose: [
    {
      id: 'label-lies',
      when: (f) => f.claim === 'honest',
      why: 'A login takes far less time than a hash with the stated parameters takes on this machine. The stored string names a cost that the server does not pay, so an attacker does not pay it either.',
      hints: [
        'Time the hash function alone with the parameters from the string.',
        'Look for where the string is put together: are its numbers those that were passed to the function?',
        'Let the library build the string instead of writing it by hand.',
      ],
    },
  ],
})

/**
 * One comparison. The price of a request without a hash is subtracted, because a fast machine hashes in a few milliseconds. Our own hash counts
 * by its best time: what is slower was the machine's doing.
 */
async function compare(
  kit: Kit,
  account: Account,
  cost: HashCost,
): Promise<{ honest: boolean; login: number; own: number }> {
  const [idle, logins, own]: [number[], number[], number[]] = [[], [], []]
  for (let i = 0; i < TRIES; i++) {
    idle.push((await me(kit, kit.rng.text(43))).ms)
    logins.push(await refusalTime(kit, account.email))
    own.push(hashTime(cost))
  }
  const login = median(logins) - median(idle)
  const best = Math.min(...own)
  return { honest: login >= SHARE * best, login, own: best }
}

function hashTime(cost: HashCost): number {
  const [password, salt] = [randomBytes(16), randomBytes(16)]
  const started = performance.now()
  switch (cost.scheme) {
    case 'argon2id':
      argon2Sync('argon2id', {
        message: password,
        nonce: salt,
        parallelism: cost.lanes,
        tagLength: 32,
        memory: cost.memory,
        passes: cost.passes,
      })
      break
    case 'scrypt':
      scryptSync(password, salt, 32, { N: cost.n, r: cost.r, p: cost.p, maxmem: 256 * cost.n * cost.r * cost.p })
      break
    case 'bcrypt':
      bcrypt.hashSync(password.toString('hex'), cost.cost)
      break
    case 'pbkdf2':
      pbkdf2Sync(password, salt, cost.iterations, 32, cost.digest)
      break
  }
  return performance.now() - started
}
