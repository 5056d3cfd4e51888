/** The reference again and again, in shuffled order, on one running stack. Accounts are new in each run, so runs do not disturb each other. */
import type { AnyCheck } from '../grader/core/check.ts'
import { rngOf } from '../grader/core/rng.ts'
import type { CheckResult } from '../grader/core/verdict.ts'
import type { Transport } from '../stack/types.ts'
import { designed, judgeRight } from './judge.ts'
import { type Bench, withState } from './program.ts'
import { upperBound } from './statistics.ts'

export interface Soak {
  transport: Transport
  /** `shared`: without the checks that measure time, race or wait for clocks. `all`: every check. */
  checks: 'shared' | 'all'
  runs: number
  /** Runs with a verdict other than `pass`. */
  bad: number
  /** At 95 % confidence no more than this share of runs has one. */
  bound: number
  nonPasses: { seed: string; check: string; text: string }[]
  times: Pick<CheckResult, 'id' | 'verdict' | 'ms'>[]
}

/** A seed that follows from another one. */
export const seedAfter = (seed: string, ...words: string[]) => rngOf(seed, ...words).text(6, '0123456789abcdef')

export async function soak(
  bench: Bench,
  transport: Transport,
  all: AnyCheck[],
  which: Soak['checks'],
  runs: number,
  seed: string,
  onRun: (done: number) => void = () => {},
): Promise<Soak> {
  const checks = which === 'all' ? all : all.filter((c) => c.lane === 'shared' && c.waits !== true)
  const result: Soak = { transport, checks: which, runs, bad: 0, bound: 1, nonPasses: [], times: [] }
  await withState(bench, { kind: 'solution' }, transport, async (running) => {
    for (let i = 0; i < runs; i++) {
      bench.signal.throwIfAborted()
      const own = seedAfter(seed, 'soak', which, String(i))
      const results = await running.grade(rngOf(own, 'order').shuffle(checks), own)
      bench.signal.throwIfAborted()
      const complaints = judgeRight('solution', results, designed(checks))
      if (complaints.length > 0) result.bad++
      result.nonPasses.push(...complaints.map(({ check, text }) => ({ seed: own, check, text })))
      result.times.push(...results.map(({ id, verdict, ms }) => ({ id, verdict, ms })))
      onRun(i + 1)
    }
  })
  result.bound = upperBound(result.bad, runs)
  return result
}
