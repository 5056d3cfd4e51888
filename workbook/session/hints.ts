/** How many hints a learner has asked for, by lab, check and diagnosis: each asking shows one rung more. */
import path from 'node:path'
import type { CheckResult } from '../grader/core/verdict.ts'
import { type Places, readJson, writeAtomic } from '../stack/files.ts'

export interface HintLadder {
  /** Hints to show now, lowest first. */
  shown(result: CheckResult): string[]
  /** Number of the next one, if there is one more. */
  next(result: CheckResult): number | undefined
  save(): Promise<void>
}

/**
 * Opens the ladder of a lab.
 * @param asking whether one more rung is asked for, of every failure that is looked at
 */
export async function openHints(places: Places, lab: string, asking: boolean): Promise<HintLadder> {
  const file = path.join(places.state, 'hints.json')
  const all = (await readJson<Record<string, number>>(file)) ?? {}
  const raised = new Set<string>()
  const keyOf = (result: CheckResult) => `${lab} ${result.id} ${result.failure?.diagnosis ?? ''}`
  const hintsOf = (result: CheckResult) => result.failure?.hints ?? []
  const rung = (result: CheckResult) => {
    const key = keyOf(result)
    if (asking && !raised.has(key)) {
      raised.add(key)
      all[key] = Math.min(hintsOf(result).length, (all[key] ?? 0) + 1)
    }
    return all[key] ?? 0
  }
  return {
    shown: (result) => (asking ? hintsOf(result).slice(0, rung(result)) : []),
    next: (result) => (rung(result) < hintsOf(result).length ? rung(result) + 1 : undefined),
    save: async () => {
      if (raised.size > 0) await writeAtomic(file, `${JSON.stringify(all, null, 2)}\n`)
    },
  }
}
