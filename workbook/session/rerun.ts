/** What a watch remembers of its runs, and the order in which it runs again. */
import type { AnyCheck, Needs } from '../grader/core/check.ts'
import type { CheckResult } from '../grader/core/verdict.ts'
import { selectChecks } from '../grader/load.ts'

export class Memory {
  readonly #results = new Map<string, CheckResult>()
  #focus: string | undefined
  #fresh = true

  /** A run begins: its first failure will be the one to look at. */
  begin(): void {
    this.#fresh = true
  }

  /** A result, in the order in which they are told. */
  add(result: CheckResult): void {
    this.#results.set(result.id, result)
    if (!this.#fresh || !isFailure(result)) return
    this.#focus = result.id
    this.#fresh = false
  }

  /** The failure that is worked on: the first one told by the last run that had one, as long as it is one. */
  get failure(): CheckResult | undefined {
    const focus = this.#results.get(this.#focus ?? '')
    if (focus !== undefined && isFailure(focus)) return focus
    return [...this.#results.values()].filter(isFailure).sort((a, b) => a.id.localeCompare(b.id))[0]
  }

  /** The failure with what it needs, then what depends on it, then the rest. One part where nothing failed. */
  order(checks: AnyCheck[]): AnyCheck[][] {
    const focus = checks.find((c) => c.id === this.failure?.id)
    if (focus === undefined) return [checks]
    const first = selectChecks(checks, [focus.id])
    const after = dependants(focus.id, checks, this.#results).filter((c) => !first.includes(c))
    // With what they need themselves: nothing may run before what it takes values from.
    const second =
      after.length === 0
        ? []
        : selectChecks(
            checks,
            after.map((c) => c.id),
          ).filter((c) => !first.includes(c))
    const rest = checks.filter((c) => !first.includes(c) && !second.includes(c))
    return [first, second, rest].filter((part) => part.length > 0)
  }
}

const isFailure = (result: CheckResult) => result.verdict === 'fail' || result.verdict === 'unstable'

/** Checks that take values from one, or waited for it in their last run, and those that wait for these. */
function dependants(id: string, checks: AnyCheck[], results: ReadonlyMap<string, CheckResult>): AnyCheck[] {
  const found = new Set([id])
  const on = (check: AnyCheck) => {
    const needs = Object.values((check.needs ?? {}) as Needs).map((n) => n.id)
    const waited = results.get(check.id)?.blockedBy
    return [...needs, ...(waited === undefined ? [] : [waited])]
  }
  for (let size = 0; size < found.size; ) {
    size = found.size
    for (const check of checks) if (on(check).some((name) => found.has(name))) found.add(check.id)
  }
  return checks.filter((c) => c.id !== id && found.has(c.id))
}
