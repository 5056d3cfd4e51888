/** The result of one run as one versioned document: the source of the terminal's text, the lesson page and every report. */
import { type CheckResult, exitCodeOf, type Verdict } from '../grader/core/verdict.ts'

/** Version of the shape; it grows when a field changes its meaning or goes. */
export const RESULT_SCHEMA = 1

export interface RunReport {
  schema: typeof RESULT_SCHEMA
  tool: { name: string; version: string; node: string; platform: string }
  lab: { id: string; title: string; digest: string }
  /** `url` for a server that was named with --url. */
  transport: 'container' | 'process' | 'url'
  track: string
  /** The transport that was asked for with --runtime; `any` where none was. */
  runtime: string
  seed: string
  /** Ids of the checks that were asked for. */
  selection: string[]
  /** All checks of the lab ran, and all core checks passed. */
  complete: boolean
  /** Trouble with engine, port, health: then no check ran. */
  env: { message: string; remedy: string; log: string[] } | null
  services: { name: string; state: string; detail?: string }[]
  totals: Record<'pass' | 'fail' | 'blocked' | 'notRun' | 'env' | 'grader' | 'unstable', number>
  checks: CheckResult[]
  /** Milliseconds of the checks, connections included; starting a stack is not. */
  ms: number
  /** Folder or address that was graded, as the person named it. */
  target: string
  /** Things worth knowing that are no verdict. */
  notes: string[]
}

export function totalsOf(checks: CheckResult[]): RunReport['totals'] {
  const count = (verdict: Verdict) => checks.filter((c) => c.verdict === verdict).length
  return {
    pass: count('pass'),
    fail: count('fail'),
    blocked: count('blocked'),
    notRun: count('not-run'),
    env: count('env'),
    grader: count('grader'),
    unstable: count('unstable'),
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
