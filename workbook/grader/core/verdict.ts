import * as z from 'zod'

const count = z.int().min(0)

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
export const verdictSchema = z.enum(['pass', 'fail', 'blocked', 'not-run', 'env', 'grader', 'unstable'])
export type Verdict = z.infer<typeof verdictSchema>

export const levelSchema = z.enum(['core', 'hard', 'stretch'])
export type Level = z.infer<typeof levelSchema>

/** Everything a learner needs to understand one failed claim. */
export const failureSchema = z.object({
  claim: z
    .string()
    .describe('Name of the claim; empty where a precondition failed that no claim of this check states.'),
  clause: z.string().describe('Clause of the lab’s contract that says so; empty with an empty claim.'),
  did: z.string().describe('What was done, in words.'),
  expected: z.string(),
  received: z.string().describe('Shortened, and cut at 300 characters.'),
  diagnosis: z.string().describe('Id of the recognised cause.'),
  why: z.string(),
  hints: z.array(z.string()).describe('The ladder of hints, the farthest first.'),
  curl: z.string().exactOptional().describe('The request as a shell command.'),
  log: z.array(z.string()).describe('Log lines of the services for this very request.'),
})
export type FailureReport = z.infer<typeof failureSchema>

export const checkResultSchema = z.object({
  id: z.string().describe('C04'),
  title: z.string(),
  level: levelSchema,
  verdict: verdictSchema,
  ms: count.describe('Milliseconds; 0 where it did not run.'),
  planned: count.describe('Claims that the check declares.'),
  asserted: count.describe('Different claims that were asserted.'),
  requests: count,
  clauses: z.array(z.string()).describe('Clauses of its claims, each once.'),
  lesson: z.string().exactOptional().describe('Anchor in the course: 01-authentication/02-passwords-now#how-long'),
  reason: z.string().exactOptional().describe('Why it is blocked, not-run, env, grader or unstable.'),
  blockedBy: z.string().exactOptional().describe('For blocked: the check it waits for.'),
  failure: failureSchema.exactOptional().describe('For fail.'),
})
export type CheckResult = z.infer<typeof checkResultSchema>

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
