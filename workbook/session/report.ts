/** The result of one run as one versioned document: the source of the terminal's text, the lesson page and every report. */
import * as z from 'zod'
import { type CheckResult, checkResultSchema, exitCodeOf, type Verdict } from '../grader/core/verdict.ts'

/** Version of the shape; it grows when a field changes its meaning or goes. */
export const RESULT_SCHEMA = 1

const count = z.int().min(0)

/** The shape, published as `docs/schema/result.schema.json`. Objects are open: a field may be added without a new version. */
export const runReportSchema = z.object({
  schema: z.literal(RESULT_SCHEMA).describe('Version of this shape.'),
  tool: z.object({
    name: z.string(),
    version: z.string(),
    node: z.string().describe('v24.…'),
    platform: z.string().describe('linux-x64'),
  }),
  lab: z.object({
    id: z.string(),
    title: z.string(),
    digest: z.string().describe('SHA-256 over the files of the lab.'),
  }),
  transport: z.enum(['container', 'process', 'url']).describe('url: a server that was named with --url.'),
  track: z.string().describe('Of course.json.'),
  runtime: z.string().describe('The transport that was asked for with --runtime; any where none was.'),
  seed: z.string(),
  selection: z.array(z.string()).describe('Ids of the checks that were asked for.'),
  complete: z.boolean().describe('All checks of the lab ran, and all core checks passed.'),
  env: z
    .object({ message: z.string(), remedy: z.string(), log: z.array(z.string()) })
    .nullable()
    .describe('Trouble with engine, port, health: then no check ran.'),
  services: z.array(z.object({ name: z.string(), state: z.string(), detail: z.string().exactOptional() })),
  totals: z.object({
    pass: count,
    fail: count,
    blocked: count,
    notRun: count,
    env: count,
    grader: count,
    unstable: count,
  }),
  checks: z.array(checkResultSchema),
  ms: count.describe('Milliseconds of the checks, connections included; starting a stack is not.'),
  target: z.string().describe('Folder or address that was graded, as the person named it.'),
  notes: z.array(z.string()).describe('Things worth knowing that are no verdict.'),
})
export type RunReport = z.infer<typeof runReportSchema>

export function totalsOf(checks: CheckResult[]): RunReport['totals'] {
  const of = (verdict: Verdict) => checks.filter((c) => c.verdict === verdict).length
  return {
    pass: of('pass'),
    fail: of('fail'),
    blocked: of('blocked'),
    notRun: of('not-run'),
    env: of('env'),
    grader: of('grader'),
    unstable: of('unstable'),
  }
}

/** Exit code of a whole run: environment trouble first, then its core checks. */
export function exitCodeOfReport(report: RunReport): number {
  return report.env !== null ? 3 : exitCodeOf(report.checks)
}

export function isComplete(all: { id: string; level: string }[], checks: CheckResult[]): boolean {
  if (!all.some((c) => c.level === 'core')) return false
  return all.every(({ id, level }) => {
    const result = checks.find((c) => c.id === id)
    return result !== undefined && (level !== 'core' || result.verdict === 'pass')
  })
}
