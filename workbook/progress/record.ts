/** What happened, written into progress. Pure: progress and event in, progress out; times are given. */
import type { CheckResult, Verdict } from '../grader/core/verdict.ts'
import type { CheckRecord, Evidence, LabRecord, Progress } from './schema.ts'

/** So many answers of one quiz are kept: the first and the newest ones. */
const ANSWERS = 50

/** The entry of that name, never what an object inherits. */
export const own = <T>(record: Record<string, T>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined

/** A page was opened, or scrolled to another heading. */
export function lessonSeen(progress: Progress, path: string, at: string, heading?: string): Progress {
  const before = own(progress.lessons, path)
  const place = heading === undefined ? {} : { heading }
  const record = { ...(before ?? { firstSeen: at }), ...place, lastSeen: at }
  return { ...progress, lessons: { ...progress.lessons, [path]: record }, last: { path, at } }
}

/** A page was marked as read, or no longer so. The first time stays. */
export function lessonDone(progress: Progress, path: string, at: string, done: boolean): Progress {
  const { doneAt, ...rest } = own(progress.lessons, path) ?? { firstSeen: at, lastSeen: at }
  const record = done ? { ...rest, doneAt: doneAt ?? at } : rest
  return { ...progress, lessons: { ...progress.lessons, [path]: record as Progress['lessons'][string] } }
}

/** The learner's copy of a lab was started. */
export function labOpened(progress: Progress, lab: string, at: string): Progress {
  const before = own(progress.labs, lab) ?? { checks: {} }
  return withLab(progress, lab, { ...before, openedAt: before.openedAt ?? at })
}

export interface Run {
  lab: string
  at: string
  /** All checks ran, and all core checks passed. */
  complete: boolean
  checks: Pick<CheckResult, 'id' | 'verdict'>[]
  evidence: Evidence
}

/** A graded run came to its end. A verdict that says nothing about the learner's system changes nothing. */
export function ran(progress: Progress, run: Run): Progress {
  const told = run.checks.filter((check): check is { id: string; verdict: Told } => tells(check.verdict))
  if (told.length === 0) return progress
  const before: LabRecord = own(progress.labs, run.lab) ?? { checks: {} }
  const checks = { ...before.checks }
  for (const { id, verdict } of told) checks[id] = checkAfter(own(checks, id), verdict, run)
  const completedAt = before.completedAt ?? (run.complete ? run.at : undefined)
  const after = withLab(progress, run.lab, {
    ...before,
    openedAt: before.openedAt ?? run.at,
    lastRunAt: run.at,
    ...(completedAt === undefined ? {} : { completedAt }),
    checks,
  })
  return { ...after, last: { lab: run.lab, at: run.at } }
}

type Told = CheckRecord['verdict']
/** `env`, `grader` and `not-run` are about the machine, our bugs and the transport. */
const tells = (verdict: Verdict): verdict is Told => ['pass', 'fail', 'blocked', 'unstable'].includes(verdict)

function checkAfter(before: CheckRecord | undefined, verdict: Told, { at, evidence }: Run): CheckRecord {
  if (verdict !== 'pass') return { ...before, verdict, at, evidence }
  return { ...before, verdict, at, evidence, firstPassedAt: before?.firstPassedAt ?? at, passed: { at, evidence } }
}

/** A quiz was answered. Every try is kept, up to a bound. */
export function quizAnswered(
  progress: Progress,
  id: string,
  answer: { choice: number; correct: boolean; at: string },
): Progress {
  const before = own(progress.quizzes, id) ?? { answers: [] }
  const correctAt = before.correctAt ?? (answer.correct ? answer.at : undefined)
  return {
    ...progress,
    quizzes: {
      ...progress.quizzes,
      [id]: {
        ...before,
        answers: boundedAnswers([...before.answers, answer]),
        ...(correctAt === undefined ? {} : { correctAt }),
      },
    },
  }
}

/** The first answer says what was known before the feedback, so it stays. */
export function boundedAnswers<T>(answers: T[]): T[] {
  return answers.length <= ANSWERS ? answers : [...answers.slice(0, 1), ...answers.slice(1 - ANSWERS)]
}

const withLab = (progress: Progress, lab: string, record: LabRecord): Progress => ({
  ...progress,
  labs: { ...progress.labs, [lab]: record },
})

/** What of a pass is no longer what lies there: the learner's files, the lab, or the grader. */
export type Stale = 'workspace' | 'lab' | 'grader'

/** @param now digests of today; without a workspace (it was removed) that part is not told */
export function staleOf(
  evidence: Evidence,
  now: { workspace?: string | undefined; lab: string; grader: string },
): Stale[] {
  return (['workspace', 'lab', 'grader'] as const).filter(
    (part) => now[part] !== undefined && now[part] !== evidence[part],
  )
}
