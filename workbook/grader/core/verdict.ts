/**
 * Verdicts, never merged:
 * - `pass` every planned claim was asserted and held
 * - `fail` a claim of the contract does not hold
 * - `blocked` something it stands on failed; that check is named
 * - `not-run` this transport, selection or declaration does not offer it; the reason is given
 * - `env` engine, port, health or machine: nobody's fault
 * - `grader` our bug
 * - `unstable` failed, then passed: never green
 */
export type Verdict = 'pass' | 'fail' | 'blocked' | 'not-run' | 'env' | 'grader' | 'unstable'

export type Level = 'core' | 'hard' | 'stretch'

export interface CheckResult {
  id: string
  title: string
  level: Level
  verdict: Verdict
  /** Milliseconds. */
  ms: number
  /** Claims that the check declares, and those that were asserted. */
  planned: number
  asserted: number
  requests: number
  clauses: string[]
  /** Anchor in the course: `01-authentication/02-passwords-now#how-long`. */
  lesson?: string
  /** Why it is blocked, not run, env or grader. */
  reason?: string
  /** For `blocked`: the check it waits for. */
  blockedBy?: string
  failure?: FailureReport
}

/** Everything a learner needs to understand one failed claim. */
export interface FailureReport {
  claim: string
  clause: string
  /** What was done, in words. */
  did: string
  expected: string
  received: string
  diagnosis: string
  why: string
  hints: string[]
  /** The request as a shell command. */
  curl?: string
  /** Log lines of the services for this very request. */
  log: string[]
}

/** Exit code of a run, judged by its selected core checks. */
export function exitCodeOf(results: CheckResult[]): 0 | 1 | 3 | 4 {
  // Nothing ran, so nothing passed; that no check was found is our doing.
  if (results.length === 0) return 4
  const core = results.filter((r) => r.level === 'core')
  if (core.some((r) => r.verdict === 'grader')) return 4
  if (core.some((r) => ['fail', 'blocked', 'unstable'].includes(r.verdict))) return 1
  if (core.some((r) => ['env', 'not-run'].includes(r.verdict))) return 3
  return 0
}
