/**
 * Grader mutation: what if an assertion were not there? A claim is taken out of a check by letting it hold always; the wrong programs then
 * tell whether anybody would notice.
 */
import type { AnyCheck, Claim } from '../grader/core/check.ts'
import type { Exchange } from '../grader/core/exchange.ts'
import { ClaimFailed } from '../grader/core/failure.ts'
import type { CheckResult } from '../grader/core/verdict.ts'
import type { Complaint } from './judge.ts'

/** The words of `expect`, whatever it was called with. */
interface Assertions {
  status(...allowed: number[]): Assertions
  json(schema: unknown, shape: string): unknown
  refused(statuses: readonly number[], code?: unknown): void
  holds(condition: boolean, evidence: object): void
}
type AnyExpect = (claim: string, exchange?: Exchange, facts?: object) => Assertions

/**
 * The check with claims that always hold.
 * @param claims those to take out; all where it is left out
 * @param broken told of each claim that would have failed
 */
export function weakened(check: AnyCheck, broken: Set<string>, claims?: readonly string[]): AnyCheck {
  const out = (name: string) => claims === undefined || claims.includes(name)
  return {
    ...check,
    run: (context: { expect: unknown }) =>
      check.run({ ...context, expect: lenient(context.expect as AnyExpect, out, broken) } as never),
  }
}

function lenient(real: AnyExpect, out: (claim: string) => boolean, broken: Set<string>): AnyExpect {
  return (name, exchange, facts) => {
    const given = exchange === undefined ? real(name) : real(name, exchange, facts)
    const attempt = <T>(act: () => T, instead: T): T => {
      try {
        return act()
      } catch (error) {
        if (!(error instanceof ClaimFailed) || !out(name)) throw error
        broken.add(name)
        // The plan must not miss it: the claim counts as asserted.
        real(name).holds(true, { expected: '', received: '' })
        return instead
      }
    }
    const same: Assertions = {
      status: (...allowed) => {
        attempt<unknown>(() => given.status(...allowed), undefined)
        return same
      },
      json: (schema, shape) => attempt(() => given.json(schema, shape), exchange?.response?.json ?? {}),
      refused: (statuses, code) => attempt(() => given.refused(statuses, code), undefined),
      holds: (condition, evidence) => attempt(() => given.holds(condition, evidence), undefined),
    }
    return same
  }
}

/**
 * The check with one claim turned round: where its first assertion holds, it fails. A right program has to fail then, at this very claim; one that passes
 * shows an assertion that is not reached, or judges nothing.
 */
export function inverted(check: AnyCheck, claim: string): AnyCheck {
  return {
    ...check,
    run: (context: { expect: unknown }) => {
      const real = context.expect as AnyExpect
      const expect: AnyExpect = (name, exchange, facts) => {
        const given = exchange === undefined ? real(name) : real(name, exchange, facts)
        return name === claim
          ? turned(given, () => real(name).holds(false, { expected: 'not so', received: 'so' }))
          : given
      }
      return check.run({ ...context, expect } as never)
    },
  }
}

/** `fail` throws. What would not hold holds: only the first assertion counts, and it was reached. */
function turned(given: Assertions, fail: () => void): Assertions {
  const turn = (act: () => unknown) => {
    try {
      act()
    } catch (error) {
      if (error instanceof ClaimFailed) return
      throw error
    }
    fail()
  }
  const same: Assertions = {
    status: (...allowed) => {
      turn(() => given.status(...allowed))
      return same
    },
    json: (schema, shape) => turn(() => given.json(schema, shape)),
    refused: (statuses, code) => turn(() => given.refused(statuses, code)),
    holds: (condition, evidence) => turn(() => given.holds(condition, evidence)),
  }
  return same
}

/** Claims that a right program passed although they were turned round. */
export function complaintsOfInverted(passed: { check: string; claim: string; clause: string }[]): Complaint[] {
  return passed.map(({ check, claim, clause }) => ({
    kind: 'unnoticed',
    program: '',
    check,
    text: `${claim} (${clause}): turned round, and every right program passes still`,
  }))
}

/** One wrong program under one check whose claims all hold: which would have failed, and whether it then passes. */
export interface Finding {
  program: string
  check: string
  /** In the order in which they failed. */
  broken: string[]
  verdict: CheckResult['verdict']
  /** A claim without which alone the check still fails, but with another diagnosis than the program's author named. */
  told?: string
}

/**
 * `needed`: without it alone some wrong program passes, or the check cannot come to its end. `told`: without it some mutant gets another
 * diagnosis. `twin`: a positive control that stops some wrong program. `guarded`: a positive control that stops none, because what it would stop does
 * not get that far: the check is blocked where it builds on the same. `shared`: each wrong program that it stops is stopped by another claim
 * of the check too. `unnoticed`: it stops none.
 */
export type ClaimState = 'needed' | 'told' | 'twin' | 'guarded' | 'shared' | 'unnoticed'

export interface ClaimRow {
  check: string
  claim: string
  clause: string
  state: ClaimState
  /** Wrong programs that it stops; for `needed` those that it alone stops, for `guarded` those that are blocked before it. */
  stops: string[]
}

/** What each claim of each check is good for. */
export function judgeClaims(checks: AnyCheck[], findings: Finding[]): ClaimRow[] {
  return checks.flatMap((check) => {
    const claims = Object.entries(check.claims as Record<string, Claim>)
    const own = findings.filter((f) => f.check === check.id)
    return claims.map(([claim, { clause }]): ClaimRow => {
      const stopped = own.filter((f) => f.broken.includes(claim))
      const alone = stopped.filter((f) => f.broken.length === 1 && ['pass', 'grader'].includes(f.verdict))
      const told = stopped.filter((f) => f.told === claim)
      const twin = claims.some(([, other]) => other.twin === claim)
      const row = { check: check.id, claim, clause }
      if (alone.length > 0) return { ...row, state: 'needed', stops: alone.map((f) => f.program) }
      if (told.length > 0) return { ...row, state: 'told', stops: told.map((f) => f.program) }
      // With all claims holding, what fails without one was stopped by what the check builds on.
      const blocked = own.filter((f) => ['blocked', 'fail'].includes(f.verdict) && f.broken.length === 0)
      if (twin && stopped.length === 0 && blocked.length > 0)
        return { ...row, state: 'guarded', stops: blocked.map((f) => f.program) }
      const state = stopped.length === 0 ? 'unnoticed' : twin ? 'twin' : 'shared'
      return { ...row, state, stops: stopped.map((f) => f.program) }
    })
  })
}

/** A claim that could go without anybody noticing is red. */
export function complaintsOfClaims(rows: ClaimRow[]): Complaint[] {
  return rows
    .filter((row) => row.state === 'shared' || row.state === 'unnoticed')
    .map((row) => ({
      kind: 'unnoticed',
      program: '',
      check: row.check,
      text:
        row.state === 'unnoticed'
          ? `${row.claim} (${row.clause}): no wrong program is stopped by it`
          : `${row.claim} (${row.clause}): what it stops (${row.stops.join(', ')}) is stopped without it too`,
    }))
}
