import { check, type Kit, TooNoisy } from '../../../workbook/grader/index.ts'
import { type Account, login, newAccount, refusalTime, registered, strong } from './kit.ts'

/** "Same" is said from so many triplets on where the ratio is clear, see the bands; "different" needs more, since it accuses. */
const FIRST = 10
const SURE = 20
const STEP = 5
const MOST = 30
const [SAME, DIFFERENT] = [0.6, 0.4]
/**
 * What is compared of each series. Load only ever adds to a time, so the quick answers tell the work and the slow ones tell the load: a low
 * percentile finds a difference that means and medians drown. (On filters for such times: Crosby, Wallach, Riedi 2009, doi 10.1145/1455526.1455530.)
 */
const QUICK = 0.15
/** Two series of the same kind may differ so much, either way; more is a machine that cannot tell. */
const CALM = 1.33
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
  requires: ['real-cost'],
  lane: 'alone',
  budget: { ms: 180_000, requests: 240 },
  claims: {
    alike: { clause: 'login.3', says: 'an unknown address takes about as long as a wrong password' },
  },
  async run(kit) {
    // Two independent measurements have to accuse: under a load of twenty on two cores one of them does, about once in some hundred runs.
    const first = await measure(kit)
    const ratio = first?.same ? first : await measure(kit)
    if (ratio === undefined)
      throw new TooNoisy(
        'The machine was too busy to compare times: two accounts with wrong passwords differed as much as an unknown address does.',
      )
    kit.expect('alike').holds(ratio.same, {
      did: `Signed in ${ratio.samples} times each to an unknown address and to two known ones with a wrong password, in turns`,
      expected: 'about the same time: the quick answers of each (15th percentile) within a factor of 2',
      received: `unknown ${ratio.unknown.toFixed(0)} ms, known ${ratio.known.toFixed(0)} ms; ratio ${ratio.value.toFixed(2)}`,
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
 * Triplets of an unknown address and two known ones, in random order on one warm connection, so that load meets all three series alike. Addresses
 * are fresh for every four triplets and stay in step, so that a throttle or a growing delay meets them alike too. Undefined: too noisy to tell.
 */
async function measure(kit: Kit): Promise<Ratio | undefined> {
  const started = performance.now()
  for (let i = 0; i < 2; i++) await login(kit, newAccount(kit).email, strong(kit.rng))
  const times = { unknown: [] as number[], a: [] as number[], b: [] as number[] }
  let group: { unknown: Account; a: Account; b: Account } | undefined
  for (let target = FIRST; target <= MOST; target += STEP) {
    for (let i = times.unknown.length; i < target; i++) {
      if (group === undefined || i % TRIES === 0)
        group = { unknown: newAccount(kit), a: await registered(kit), b: await registered(kit) }
      for (const who of kit.rng.shuffle(['unknown', 'a', 'b'] as const))
        times[who].push(await refusalTime(kit, group[who].email))
    }
    const [unknown, known] = [quick(times.unknown), quick([...times.a, ...times.b])]
    const ratio = { value: unknown / known, samples: target, unknown, known }
    const s = Math.min(ratio.value, 1 / ratio.value)
    const drift = quick(times.a) / quick(times.b)
    const calm = Math.max(drift, 1 / drift) <= CALM
    if (calm && s >= SAME) return { ...ratio, same: true }
    if (calm && s <= DIFFERENT && target >= SURE) return { ...ratio, same: false }
    if (target === MOST || performance.now() - started > TIME) return calm ? { ...ratio, same: s >= 0.5 } : undefined
  }
  return undefined
}

/** The low percentile of a series, between its two nearest values. */
function quick(series: readonly number[]): number {
  const sorted = series.toSorted((a, b) => a - b)
  const at = QUICK * (sorted.length - 1)
  const [below = Number.NaN, above = below] = sorted.slice(Math.floor(at), Math.floor(at) + 2)
  return below + (above - below) * (at % 1)
}
