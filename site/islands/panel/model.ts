/** What the panel knows, and how each event changes it. Pure: the tests feed it events. */
import type {
  Act,
  CheckInfo,
  CheckResult,
  LabEvent,
  LabState,
  RoundReason,
  Standing,
  StandingAnswer,
} from '../../../workbook/session/desk/protocol.ts'

/** How it stands between the page and the workbook's server. */
export type Link = 'connecting' | 'open' | 'lost'

/** A verdict that is shown: of the run that goes on, or of an earlier one. */
export interface Shown {
  result: CheckResult
  /** As the terminal prints it. */
  text: string
  /** ISO 8601; absent for the run that goes on. */
  at?: string
  /** The copy changed since. */
  changed: boolean
}

/** What a run, or any other act, came to. */
export type Outcome =
  | { kind: 'end'; summary?: string; complete?: boolean }
  | { kind: 'stopped'; why: string }
  | { kind: 'trouble'; error: string; remedy: string; log: string[] }

export interface Run {
  act: Act
  reason?: RoundReason
  files?: string[]
  /** Ids that this run grades; empty until it is ready. */
  selection: string[]
  /** Ids that have their verdict. */
  seen: string[]
  seed?: string
  notes: string[]
  outcome?: Outcome
}

export interface LogEntry {
  service: string
  text: string
  /** Grows by one a line; a key for lists. */
  n: number
}

export interface Model {
  link: Link
  state?: LabState
  checks: CheckInfo[]
  shown: Record<string, Shown>
  run?: Run
  /** What the act said about itself, the newest last. */
  says: string[]
  log: LogEntry[]
  /** What was asked for was refused: a sentence. */
  refusal?: string
}

export const empty: Model = { link: 'connecting', checks: [], shown: {}, says: [], log: [] }

/** So many sentences of an act are kept. */
const SAYS = 8

/** So many lines of log the page keeps. */
export const LOG_LINES = 3_000

export type Action =
  | LabEvent
  | { type: 'link'; link: Link }
  /** The server tells everything again. */
  | { type: 'whole' }
  | { type: 'standings'; answer: StandingAnswer }
  | { type: 'refused'; refusal: string | undefined }

export function reduce(model: Model, action: Action): Model {
  switch (action.type) {
    case 'link':
      return { ...model, link: action.link }
    case 'whole': {
      const { run: _run, ...rest } = model
      return { ...rest, says: [], log: [] }
    }
    case 'state':
      return { ...model, state: action.state }
    case 'standings':
      return { ...model, checks: action.answer.checks.map(infoOf), shown: merged(model, action.answer) }
    case 'refused': {
      const { refusal: _refusal, ...rest } = model
      return action.refusal === undefined ? rest : { ...rest, refusal: action.refusal }
    }
    case 'begin': {
      const { act, reason, files } = action
      const { refusal: _refusal, ...rest } = model
      const run: Run = {
        act,
        ...(reason === undefined ? {} : { reason }),
        ...(files === undefined ? {} : { files }),
        selection: [],
        seen: [],
        notes: [],
      }
      return { ...rest, run, says: [] }
    }
    case 'says':
      return { ...model, says: [...model.says, action.text].slice(-SAYS) }
    case 'ready':
      return withRun(model, { selection: action.checks, seed: action.seed, notes: action.notes })
    case 'result': {
      const { result, text } = action
      const seen = [...(model.run?.seen ?? []).filter((id) => id !== result.id), result.id]
      return { ...withRun(model, { seen }), shown: { ...model.shown, [result.id]: { result, text, changed: false } } }
    }
    case 'end': {
      const { summary, report } = action
      const outcome: Outcome = {
        kind: 'end',
        ...(summary === undefined ? {} : { summary }),
        ...(report === undefined ? {} : { complete: report.complete }),
      }
      return withRun(model, { outcome })
    }
    case 'stopped':
      return withRun(model, { outcome: { kind: 'stopped', why: action.why } })
    case 'trouble': {
      const { error, remedy, log } = action
      return withRun(model, { outcome: { kind: 'trouble', error, remedy, log } })
    }
    case 'log': {
      const before = action.fresh ? [] : model.log
      const from = (before.at(-1)?.n ?? 0) + 1
      const lines = action.lines.map(({ service, text }, i) => ({ service, text, n: from + i }))
      return { ...model, log: [...before, ...lines].slice(-LOG_LINES) }
    }
  }
}

const withRun = (model: Model, change: Partial<Run>): Model => ({
  ...model,
  run: { ...(model.run ?? { act: 'check', selection: [], seen: [], notes: [] }), ...change },
})

const infoOf = ({ id, title, level }: CheckInfo): CheckInfo => ({ id, title, level })

/** What is kept on disk, and over it what the run that goes on has told already. */
function merged(model: Model, answer: StandingAnswer): Record<string, Shown> {
  const running = model.run !== undefined && model.run.outcome === undefined
  const kept = answer.checks.flatMap(({ id, standing }) =>
    standing === undefined ? [] : [[id, shownOf(standing)] as const],
  )
  const live = running ? Object.entries(model.shown).filter(([id]) => model.run?.seen.includes(id)) : []
  return Object.fromEntries([...kept, ...live])
}

const shownOf = ({ result, text, at, changed }: Standing): Shown => ({ result, text, at, changed })

/** Does anything go on? What the server says counts; where it has not spoken, what was told last. */
export const busyWith = (model: Model): Act | undefined => model.state?.activity?.act

/** Is a check about to get its verdict? */
export const isWaiting = (model: Model, id: string): boolean => {
  const { run } = model
  return run?.outcome === undefined && run !== undefined && run.selection.includes(id) && !run.seen.includes(id)
}

/** Core checks that pass, of all core checks. */
export function score(model: Model): { passed: number; of: number } {
  const core = model.checks.filter((c) => c.level === 'core')
  return { passed: core.filter((c) => model.shown[c.id]?.result.verdict === 'pass').length, of: core.length }
}

/** The first failure in the order of the checks: what to work on. */
export const firstFailure = (model: Model): CheckInfo | undefined =>
  model.checks.find((c) => model.shown[c.id]?.result.verdict === 'fail')
