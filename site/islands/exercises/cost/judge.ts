/** What parameters of argon2id are worth: held against the published floors, and against a target of time. */

/** As in `$argon2id$…$m=19456,t=2,p=1`. */
export interface Parameters {
  /** m: KiB that one hash fills. */
  memoryKiB: number
  /** t: how often it goes over them. */
  passes: number
  /** p: parts that could be filled side by side. */
  lanes: number
}

export interface Floor {
  /** Who says so, with date. */
  name: string
  /** What it asks for at these passes. */
  asks: string
  met: boolean
}

/**
 * - `invalid` no argon2id: RFC 9106 does not define it
 * - `below` under a floor, whatever the time
 * - `unmeasured`
 * - `fast`, `right`, `slow`: against the target
 */
export type CostVerdict = 'invalid' | 'below' | 'unmeasured' | 'fast' | 'right' | 'slow'

export interface Judgement {
  floors: Floor[]
  verdict: CostVerdict
  /** Sentences, the weightiest first. */
  reasons: string[]
}

/** Milliseconds. */
export const TARGET_MS = 250
/** How far from the target still counts as there. */
const TOLERANCE = 0.2
/** What a page asks the browser for at most. */
export const MOST_MEMORY_KIB = 512 * 1024
const MOST_PASSES = 20

/** Least memory by passes: OWASP's cheat sheet, read in June 2026. */
const OWASP: [passes: number, memoryKiB: number][] = [
  [1, 47_104],
  [2, 19_456],
  [3, 12_288],
  [4, 9_216],
  [5, 7_168],
]
/** Least memory by passes: ASVS 5.0.0, appendix C. Three stands for three or more. */
const ASVS: [passes: number, memoryKiB: number][] = OWASP.slice(0, 3)
/** RFC 9106 section 4, the second recommended option: for where 2 GiB are too much. */
const RFC_9106 = { memoryKiB: 65_536, passes: 3, lanes: 4 }

const least = (floor: [number, number][], passes: number) => floor.findLast(([t]) => t <= passes)?.[1] ?? 0
const mib = (kib: number) => `${Math.round((kib / 1024) * 10) / 10} MiB`
const times = (passes: number) => (passes === 1 ? '1 pass' : `${passes} passes`)

/**
 * @param measuredMs of one hash; undefined before it was measured
 */
export function judgeParameters(parameters: Parameters, measuredMs?: number): Judgement {
  const { memoryKiB, passes, lanes } = parameters
  const whole = [memoryKiB, passes, lanes].every((n) => Number.isInteger(n) && n >= 1)
  if (!whole || memoryKiB < 8 * lanes)
    return {
      floors: [],
      verdict: 'invalid',
      reasons: [
        'RFC 9106 section 3.1 defines argon2id for whole numbers from 1, and for 8 KiB of memory for each lane at least.',
      ],
    }
  const asks = (floor: [number, number][]) => `${mib(least(floor, passes))} at ${times(passes)}`
  const floors: Floor[] = [
    { name: 'OWASP cheat sheet (June 2026)', asks: asks(OWASP), met: memoryKiB >= least(OWASP, passes) },
    { name: 'ASVS 5.0.0, appendix C (May 2025)', asks: asks(ASVS), met: memoryKiB >= least(ASVS, passes) },
  ]
  const missed = floors.filter(({ met }) => !met)
  const reasons = missed.map(({ name, asks: wanted }) => `${name} asks for ${wanted}; here it is ${mib(memoryKiB)}.`)
  const recommended =
    memoryKiB >= RFC_9106.memoryKiB && passes >= RFC_9106.passes && lanes >= RFC_9106.lanes
      ? 'It reaches the second option that RFC 9106 section 4 recommends: 64 MiB, 3 passes, 4 lanes.'
      : 'RFC 9106 section 4 recommends more where it is affordable: 64 MiB, 3 passes, 4 lanes.'
  if (missed.length > 0) {
    reasons.push('A floor comes before the clock: what a guess costs an attacker does not depend on your device.')
    return { floors, verdict: 'below', reasons }
  }
  if (measuredMs === undefined) return { floors, verdict: 'unmeasured', reasons: ['Both floors are met.', recommended] }
  const shown = `${Math.round(measuredMs)} ms for one hash, and ${TARGET_MS} ms were wanted.`
  if (measuredMs < TARGET_MS * (1 - TOLERANCE))
    return {
      floors,
      verdict: 'fast',
      reasons: [shown, 'There is room: give it to memory first, then to passes.', recommended],
    }
  if (measuredMs > TARGET_MS * (1 + TOLERANCE))
    return {
      floors,
      verdict: 'slow',
      reasons: [
        shown,
        'Sign-ins wait, and strangers can order that work. Go down, but to no less than the floors.',
        recommended,
      ],
    }
  return { floors, verdict: 'right', reasons: [shown, 'Both floors are met.', recommended] }
}

/** One measured try. */
export interface Try extends Parameters {
  ms: number
}

export interface NextTry extends Parameters {
  /** What it should take. */
  estimateMs: number
  /** `false`: even the cheapest that the floors allow takes longer than the target here. */
  reachable: boolean
}

/**
 * What to try next: time grows with memory times passes, so the last tries give the price of one KiB in one pass. RFC 9106 section 4 goes the
 * same way: as much memory as can be spent, then passes.
 * @param history tries, oldest first
 */
export function nextTry(history: readonly Try[]): NextTry | undefined {
  const last = history.at(-1)
  if (last === undefined) return undefined
  const prices = history
    .slice(-3)
    .map(({ ms, memoryKiB, passes }) => ms / (memoryKiB * passes))
    .toSorted((a, b) => a - b)
  const price = prices[Math.floor(prices.length / 2)] as number
  const work = TARGET_MS / price
  const passes = Math.min(Math.max(last.passes, 1), MOST_PASSES)
  // From the reader's passes downwards: fewer passes want more memory. Then the one with the least work of all.
  const cheapest = ASVS.toSorted((a, b) => a[0] * a[1] - b[0] * b[1])[0] as [number, number]
  const wanted = Math.floor(work / passes / 1024) * 1024
  const floor = Math.max(least(OWASP, passes), least(ASVS, passes))
  const to = (memoryKiB: number, t: number, reachable = true): NextTry => ({
    memoryKiB,
    passes: t,
    lanes: last.lanes,
    estimateMs: Math.round(price * memoryKiB * t),
    reachable,
  })
  if (wanted > MOST_MEMORY_KIB) {
    const more = Math.min(MOST_PASSES, Math.max(1, Math.round(work / MOST_MEMORY_KIB)))
    return to(MOST_MEMORY_KIB, more)
  }
  if (wanted >= floor) return to(wanted, passes)
  const other = ASVS.find(([t, m]) => t * m <= work)
  if (other !== undefined) return to(Math.max(other[1], Math.floor(work / other[0] / 1024) * 1024), other[0])
  return to(cheapest[1], cheapest[0], false)
}
