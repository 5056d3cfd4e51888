/** What a workshop works on: an exercise or a lab, with its files, its checks and the way to grade them. The workshop knows no more of either. */
import type { ProgramTrouble } from '../../../workbook/browser/protocol.ts'
import type { CheckResult, Verdict } from '../../../workbook/grader/core/verdict.ts'

export type { CheckResult, Verdict }

/** Text by path, with `/`. */
export type Files = Readonly<Record<string, string>>

/** A check before it has run. */
export interface CheckInfo {
  id: string
  title: string
  level: CheckResult['level']
}

/** Why a program does not run. `file` is a path of `Files`. */
export type Trouble = Omit<ProgramTrouble, 'kind'> & { kind: ProgramTrouble['kind'] | 'endless' }

/** A request that a program got, and what came of it. */
export interface RequestEntry {
  /** Grows by one a request; the same for its beginning and its end. */
  n: number
  program: string
  method: string
  /** With its query. */
  path: string
  /** Undefined while it is under way. */
  status?: number
  /** Instead of a status. */
  trouble?: string
  ms?: number
}

/** Where programs run, where that is not settled by the page alone. */
export interface Place {
  kind: 'waiting' | 'there' | 'instead'
  text: string
}

export type RunEvent =
  /** `text`: as the terminal prints it. `timeline`: the way to the failure, one line a step. */
  | { type: 'result'; result: CheckResult; text: string; timeline?: string[] }
  | { type: 'lines'; program: string; lines: string[]; dropped: number }
  | { type: 'request'; entry: RequestEntry }
  | { type: 'trouble'; trouble: Trouble }
  | { type: 'place'; place: Place }

export interface RunRequest {
  files: Files
  /** Ids of checks; all where it is empty. */
  ids: readonly string[]
  /** Six hex digits. */
  seed: string
  signal: AbortSignal
  tell: (event: RunEvent) => void
}

export interface Subject {
  id: string
  /** Files as the course gives them, those that only run among them. */
  starter: Files
  /** Paths that have a tab from the beginning, in order. */
  open: readonly string[]
  checks: readonly CheckInfo[]
  /** Whether a path may be changed, or made, in the page. */
  editable: (path: string) => boolean
  /** Whether files can be added. */
  grows: boolean
  /** The named checks and those that they need, in order; all where none is named. */
  select: (ids: readonly string[]) => string[]
  /** Brings what runs programs into the page ahead of the first check. */
  warm: (tell: (place: Place) => void) => Promise<void>
  /**
   * Runs the checks. Ends by itself, with deadlines for everything.
   * @throws an Error whose message is a sentence for people, where nothing could be graded
   */
  run: (request: RunRequest) => Promise<void>
  /** The reference solution: files that it changes or adds. Loaded when it is asked for. */
  solution: () => Promise<Files>
}
