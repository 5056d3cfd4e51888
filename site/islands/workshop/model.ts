/** What the workshop knows, and how each event changes it. Pure: the tests feed it events. */
import { type Draft, drafted, draftsOf, fromOf, type Kept, staleOf } from '../../lib/run/drafts.ts'
import type { CheckInfo, CheckResult, Files, Place, RequestEntry, RunEvent, Trouble } from '../../lib/run/subject.ts'
import type { LogEntry } from '../panel/model.ts'

/** So many lines of log, and so many requests, the page keeps. */
export const LOG_LINES = 3_000
export const REQUESTS = 200

export interface Shown {
  result: CheckResult
  text: string
  timeline?: string[]
  /** Files changed since. */
  changed: boolean
}

export type Outcome =
  | { kind: 'end'; ms: number }
  | { kind: 'stopped' }
  /** Nothing could be graded, in a sentence. */
  | { kind: 'trouble'; message: string }

export interface Run {
  n: number
  seed: string
  /** Ids that get a verdict. */
  selection: string[]
  seen: string[]
  outcome?: Outcome
}

export interface Model {
  starter: Files
  /** As they stand, with what was written. */
  files: Files
  /** Grows where the files were changed by something else than typing: the editor takes them anew. */
  edition: number
  drafts: Draft[]
  kept: Kept[]
  /** Drafts of files that the course changed since. */
  stale: string[]
  /** Paths with a tab, in order. */
  tabs: string[]
  chosen: string
  checks: readonly CheckInfo[]
  shown: Record<string, Shown>
  run?: Run
  trouble?: Trouble
  /** Where programs run, where that is to be said. */
  place?: Place
  log: LogEntry[]
  /** Lines that were too many to be told. */
  dropped: number
  requests: RequestEntry[]
}

export type Action =
  | { type: 'edit'; file: string; text: string }
  | { type: 'choose'; file: string }
  | { type: 'add'; file: string }
  | { type: 'remove'; file: string }
  /** All that was written is taken by something else; `kept` is what it was. */
  | { type: 'replace'; drafts: Draft[]; kept: Kept | undefined }
  /** A stale draft is held on to: from now on it counts as begun from today's starter. */
  | { type: 'hold'; file: string }
  | { type: 'begin'; n: number; seed: string; selection: string[] }
  | { type: 'place'; place: Place }
  | { type: 'event'; n: number; event: RunEvent }
  | { type: 'over'; n: number; outcome: Outcome }

export function begin(
  subject: { starter: Files; open: readonly string[]; checks: readonly CheckInfo[] },
  known: { drafts: Draft[]; kept: Kept[] },
): Model {
  const { starter, open, checks } = subject
  // A draft that is as the starter now is none any more.
  const drafts = known.drafts.filter(({ file, text }) => starter[file] !== text)
  const tabs = [...open, ...drafts.map(({ file }) => file).filter((file) => !open.includes(file))]
  return {
    starter,
    files: drafted(starter, drafts),
    edition: 0,
    drafts,
    kept: known.kept,
    stale: staleOf(starter, drafts),
    tabs,
    chosen: tabs[0] ?? '',
    checks,
    shown: {},
    log: [],
    dropped: 0,
    requests: [],
  }
}

export function reduce(model: Model, action: Action): Model {
  switch (action.type) {
    case 'edit': {
      const { file, text } = action
      if (model.files[file] === text) return model
      return changed(model, { ...model.files, [file]: text })
    }
    case 'choose': {
      const { file } = action
      if (model.files[file] === undefined) return model
      return { ...model, chosen: file, tabs: model.tabs.includes(file) ? model.tabs : [...model.tabs, file] }
    }
    case 'add': {
      const { file } = action
      if (model.files[file] !== undefined) return reduce(model, { type: 'choose', file })
      return { ...changed(model, { ...model.files, [file]: '' }), tabs: [...model.tabs, file], chosen: file }
    }
    case 'remove': {
      const { file } = action
      // What the course gave is not taken away here: only what was added.
      if (model.starter[file] !== undefined) return model
      const { [file]: _gone, ...files } = model.files
      const tabs = model.tabs.filter((tab) => tab !== file)
      return { ...changed(model, files), tabs, chosen: model.chosen === file ? (tabs[0] ?? '') : model.chosen }
    }
    case 'replace': {
      const files = drafted(model.starter, action.drafts)
      const tabs = model.tabs.filter((tab) => files[tab] !== undefined)
      const all = [...tabs, ...action.drafts.map(({ file }) => file).filter((file) => !tabs.includes(file))]
      return {
        ...changed({ ...model, drafts: action.drafts }, files),
        edition: model.edition + 1,
        kept: action.kept === undefined ? model.kept : [...model.kept, action.kept],
        tabs: all,
        chosen: all.includes(model.chosen) ? model.chosen : (all[0] ?? ''),
      }
    }
    case 'hold': {
      const drafts = model.drafts.map((draft) =>
        draft.file === action.file ? { ...draft, from: fromOf(model.starter, draft.file) } : draft,
      )
      return { ...model, drafts, stale: staleOf(model.starter, drafts) }
    }
    case 'begin': {
      const { trouble: _trouble, ...rest } = model
      const { n, seed, selection } = action
      return { ...rest, run: { n, seed, selection, seen: [] }, log: [], dropped: 0, requests: [] }
    }
    case 'place':
      return { ...model, place: action.place }
    case 'event':
      return action.n === model.run?.n && model.run.outcome === undefined
        ? heard(model, model.run, action.event)
        : model
    case 'over':
      return action.n === model.run?.n && model.run.outcome === undefined
        ? { ...model, run: { ...model.run, outcome: action.outcome } }
        : model
  }
}

function changed(model: Model, files: Files): Model {
  const { trouble, ...rest } = model
  const drafts = draftsOf(model.starter, files, model.drafts)
  const shown = Object.fromEntries(Object.entries(model.shown).map(([id, one]) => [id, { ...one, changed: true }]))
  const stale = staleOf(model.starter, drafts)
  const next = { ...rest, files, drafts, shown, stale }
  // The place of a mistake is one of the text as it was run.
  const moved = trouble?.file !== undefined && files[trouble.file] !== model.files[trouble.file]
  return trouble === undefined || moved ? next : { ...next, trouble }
}

function heard(model: Model, run: Run, event: RunEvent): Model {
  switch (event.type) {
    case 'result': {
      const { result, text, timeline } = event
      const seen = [...run.seen.filter((id) => id !== result.id), result.id]
      const one: Shown = { result, text, changed: false, ...(timeline === undefined ? {} : { timeline }) }
      return { ...model, run: { ...run, seen }, shown: { ...model.shown, [result.id]: one } }
    }
    case 'lines': {
      const from = (model.log.at(-1)?.n ?? 0) + 1
      const lines = event.lines.map((text, i) => ({ service: event.program, text, n: from + i }))
      return { ...model, log: [...model.log, ...lines].slice(-LOG_LINES), dropped: model.dropped + event.dropped }
    }
    case 'request': {
      const { entry } = event
      const at = model.requests.findIndex(({ n }) => n === entry.n)
      const requests = at < 0 ? [...model.requests, entry] : model.requests.with(at, entry)
      return { ...model, requests: requests.slice(-REQUESTS) }
    }
    case 'trouble':
      return { ...model, trouble: event.trouble }
    case 'place':
      return { ...model, place: event.place }
  }
}

export const isRunning = (model: Model): boolean => model.run !== undefined && model.run.outcome === undefined

/** Is a check about to get its verdict? */
export const isWaiting = (model: Model, id: string): boolean =>
  isRunning(model) && model.run?.selection.includes(id) === true && !model.run.seen.includes(id)

/** The first failure in the order of the checks: what to work on. */
export const firstFailure = (model: Model): CheckInfo | undefined =>
  model.checks.find(({ id }) => model.shown[id]?.result.verdict === 'fail')

/** Core checks that pass, of all core checks that can run here and ran. */
export function score(model: Model): { passed: number; of: number; away: number } {
  const core = model.checks.filter(({ level }) => level === 'core')
  const verdicts = core.map(({ id }) => model.shown[id]?.result.verdict)
  return {
    passed: verdicts.filter((verdict) => verdict === 'pass').length,
    of: core.length,
    away: verdicts.filter((verdict) => verdict === 'not-run').length,
  }
}

/** What is written, and differs from the starter: path and text. */
export const written = (model: Model): Files => Object.fromEntries(model.drafts.map(({ file, text }) => [file, text]))
