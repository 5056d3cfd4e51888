/**
 * What the local server and a page say to each other. Types alone, so that a page may import them. Every answer is JSON; an answer
 * that is no success is a `Refusal`. Events come over Server-Sent Events (HTML Standard, 9.2), one stream a lab.
 */
import type { CheckResult } from '../../grader/core/verdict.ts'
import type { ServiceState, Transport } from '../../stack/types.ts'
import type { LabDiff } from '../diff.ts'
import type { ProgressView } from '../progress.ts'
import type { RunReport } from '../report.ts'
import type { Snapshot } from '../snapshots.ts'

export type { CheckResult, LabDiff, ProgressView, RunReport, ServiceState, Snapshot, Transport }

/** Header of every call that changes something. Its value stands in the pages that this server gave out since its start. */
export const TOKEN_HEADER = 'x-workbook-token'
/** Name of the `<meta>` that holds it. A published copy of the site has none, and so knows that there is no server. */
export const TOKEN_META = 'workbook-api'

/** Why something was not done, and what to do. */
export interface Refusal {
  error: string
  remedy?: string
  log?: string[]
}

export type Act = 'start' | 'stop' | 'reset' | 'solve' | 'restore' | 'update' | 'check' | 'watch'

/** What is being done to a lab. There is one act at a time. */
export interface Activity {
  act: Act
  /** Epoch ms. */
  since: number
  /** Epoch ms at which it is given up, with a sentence; undefined for a watch, which has no end of its own. */
  until?: number
  /** The last thing that it said about itself. */
  says: string
}

/** A lab as it is now. */
export interface LabState {
  lab: { id: string; title: string; tracks: string[] }
  /** The learner's copy; `path` from the checkout. `behind`: so many files of it the course has changed since. */
  copy: { exists: boolean; path: string; track?: string; behind?: number }
  /** The stack of that copy; undefined while none runs. */
  stack?: { transport: Transport; origin?: string; byHand: boolean; services: ServiceState[] }
  /** Transport that a start would take, and why. */
  would: { transport: Transport; why: string }
  /** Why the stack could not be looked at, in a sentence: what is said of it and of a start is then of before. */
  trouble?: string
  activity?: Activity
  /** Changes when there are new verdicts, whoever asked for them: then ask for them again. Empty where there are none. */
  results: string
}

/** The newest verdict of a check on the learner's own copy. */
export interface Standing {
  /** When its run ended, ISO 8601. */
  at: string
  /** The copy is not what was graded any more. */
  changed: boolean
  transport: RunReport['transport']
  result: CheckResult
  /** As in the event. */
  text: string
}

/** Answer to the question for verdicts: the checks of the lab, in order, with what is known of each. */
export interface StandingAnswer {
  checks: (CheckInfo & { standing?: Standing })[]
}

/** A check before it has run. */
export interface CheckInfo {
  id: string
  title: string
  level: 'core' | 'hard' | 'stretch'
}

/** Why a round of a watch runs. */
export type RoundReason = 'start' | 'all' | 'failure' | 'saved' | 'service' | 'back'

/** What happened, in order. All but `state` have an id and are told again after a reload. */
export type LabEvent =
  | { type: 'state'; state: LabState }
  /** A run, or a round of a watch, begins: what was told before is old. */
  | { type: 'begin'; act: Act; reason?: RoundReason; files?: string[] }
  | { type: 'says'; text: string }
  | {
      type: 'ready'
      transport: RunReport['transport']
      seed: string
      services: ServiceState[]
      checks: string[]
      notes: string[]
    }
  /** `text` is what the terminal prints for it, without colour, 80 columns wide. */
  | { type: 'result'; result: CheckResult; text: string }
  | { type: 'end'; act: Act; report?: RunReport; summary?: string }
  /** It was ended before its time: by a person, by something newer, by its deadline. */
  | { type: 'stopped'; act: Act; why: string }
  | { type: 'trouble'; act: Act; error: string; remedy: string; log: string[] }
  /** `fresh`: the log is told from its beginning again, what was told of it before is old. */
  | { type: 'log'; lines: { service: string; text: string }[]; fresh?: true }

/** Hints of a failed check that were asked for, the farthest first. */
export interface HintAnswer {
  hints: string[]
  of: number
}

/** What came of a draft of the page: paths in the copy. */
export interface DraftAnswer {
  changed: string[]
  /** Not as in the draft: links, or saved in this very moment. */
  left: string[]
  /** Name of the snapshot that was taken before; absent where nothing differed. */
  snapshot?: string
}
