import { check, type Kit, TooNoisy } from '../../../workbook/grader/index.ts'
import { type Account, login, median, newAccount, refusalTime, registered, strong } from './kit.ts'

/** Decided early where the ratio is clear, see the bands; never on fewer. */
const FIRST = 10
const STEP = 5
const MOST = 30
const [SAME, DIFFERENT] = [0.6, 0.4]
/** Tries on one address that no throttle of the contract may answer with 429. */
const TRIES = 4
/** After this the check decides on what it has: a scrypt of the floor takes most of a second on a busy machine. */
const TIME = 75_000

export const noTimingOracle = check({
  id: 'C04',
  title: 'A failed sign-in takes the same time for every address',
  level: 'core',
  rationale:
    'A server that hashes only when the address exists answers unknown addresses faster by the price of the hash. A stopwatch is then a directory of users.',
  lesson: '01-authentication/02-passwords-now#no-timing-oracle',
  sources: ['asvs-6.3.8', 'cs-authentication'],
  capabilities: ['http'],
  lane: 'alone',
  budget: { ms: 180_000, requests: 240 },
  claims: {
    alike: { clause: 'login.3', says: 'an unknown address takes about as long as a wrong password' },
  },
  async run(kit) {
    const ratio = (await measure(kit)) ?? (await measure(kit))
    if (ratio === undefined)
      throw new TooNoisy(
        'The machine was too busy, twice, to compare times: two accounts with wrong passwords differed as much as an unknown address does.',
      )
    kit.expect('alike').holds(ratio.same, {
      did: `Signed in ${ratio.samples} times each to an unknown address and to two known ones with a wrong password, in turns`,
      expected: 'the same time within a factor of 2 (median of paired ratios 0.5 to 2)',
      received: `unknown ${ratio.unknown.toFixed(0)} ms, known ${ratio.known.toFixed(0)} ms; median ratio ${ratio.value.toFixed(2)}`,
      facts: { ratio: ratio.value },
    })
  },
  diagnose: [
    {
      id: 'unknown-is-faster',
      when: (f) => f.claim === 'alike' && Number(f.facts.ratio) < 1,
      why: 'Sign-in to an unknown address is answered much sooner than a wrong password for a known one. Whoever tries a list of addresses and looks at the clock learns which have accounts.',
      hints: [
        'Follow the path of an unknown address: which work of the other path does it skip?',
        'Both paths have to do the expensive step, with the same parameters.',
        'There is nothing to compare with for an unknown address; something that costs the same can be prepared beforehand.',
      ],
    },
    {
      id: 'unknown-is-slower',
      when: (f) => f.claim === 'alike',
      why: 'Sign-in to an unknown address takes much longer than a wrong password for a known one. The clock tells them apart just as well in this direction.',
      hints: [
        'Follow the path of an unknown address: which work does it do in addition?',
        'The stand-in for a missing hash may be made anew for each request.',
        'Prepare it once, with the same parameters as real ones.',
      ],
    },
  ],
})

interface Ratio {
  value: number
  same: boolean
  samples: number
  unknown: number
  known: number
}

/**
 * Triplets of an unknown address and two known ones, in random order on one warm connection. The median of the paired ratios stands still where medians of
 * the three series drift with the load. Addresses are fresh for every four triplets and stay in step, so that a throttle or a growing delay meets all
 * three alike. Undefined: too noisy to tell.
 */
async function measure(kit: Kit): Promise<Ratio | undefined> {
  const started = performance.now()
  for (let i = 0; i < 2; i++) await login(kit, newAccount(kit).email, strong(kit.rng))
  const unknown: number[] = []
  const known: [number, number][] = []
  let group: { unknown: Account; a: Account; b: Account } | undefined
  for (let target = FIRST; target <= MOST; target += STEP) {
    while (unknown.length < target) {
      if (group === undefined || unknown.length % TRIES === 0)
        group = { unknown: newAccount(kit), a: await registered(kit), b: await registered(kit) }
      const times = { unknown: 0, a: 0, b: 0 }
      for (const who of kit.rng.shuffle(['unknown', 'a', 'b'] as const))
        times[who] = await refusalTime(kit, group[who].email)
      unknown.push(times.unknown)
      known.push([times.a, times.b])
    }
    const value = median(unknown.map((u, i) => u / (sum(known[i]) / 2)))
    const s = Math.min(value, 1 / value)
    const ratio = {
      value,
      samples: unknown.length,
      unknown: median(unknown),
      known: median(known.map((k) => sum(k) / 2)),
    }
    if (s >= SAME) return { ...ratio, same: true }
    if (s <= DIFFERENT) return { ...ratio, same: false }
    if (target === MOST || performance.now() - started > TIME) {
      const noise = median(known.map(([a, b]) => a / b))
      return noise < 0.8 || noise > 1.25 ? undefined : { ...ratio, same: s >= 0.5 }
    }
  }
  return undefined
}

const sum = (pair: [number, number] | undefined) => (pair === undefined ? Number.NaN : pair[0] + pair[1])
