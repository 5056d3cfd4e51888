/** Numbers of a report. */

/** Upper bound of a share, at 95 % confidence, one-sided and exact (Clopper and Pearson); about 3/n where nothing happened. */
export function upperBound(events: number, trials: number): number {
  if (trials === 0 || events >= trials) return 1
  if (events === 0) return 1 - 0.05 ** (1 / trials)
  let [low, high] = [events / trials, 1]
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (atMost(events, trials, middle) > 0.05) low = middle
    else high = middle
  }
  return high
}

/** Probability of at most `events` in `trials` that each happen with `share`. */
function atMost(events: number, trials: number, share: number): number {
  let sum = 0
  let logTerm = trials * Math.log1p(-share)
  for (let k = 0; k <= events; k++) {
    sum += Math.exp(logTerm)
    logTerm += Math.log((trials - k) / (k + 1)) + Math.log(share) - Math.log1p(-share)
  }
  return sum
}

/** The value that `share` of all values do not exceed (nearest rank). */
export function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

export interface Spread {
  runs: number
  p50: number
  p95: number
  most: number
}

/** Milliseconds of each check, over all times that it passed. */
export function spreads(results: { id: string; verdict: string; ms: number }[]): Record<string, Spread> {
  const ids = [...new Set(results.map((r) => r.id))].sort()
  return Object.fromEntries(
    ids.flatMap((id) => {
      const times = results.filter((r) => r.id === id && r.verdict === 'pass').map((r) => r.ms)
      if (times.length === 0) return []
      return [
        [
          id,
          { runs: times.length, p50: quantile(times, 0.5), p95: quantile(times, 0.95), most: Math.max(...times) },
        ] as const,
      ]
    }),
  )
}
