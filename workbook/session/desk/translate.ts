/** What runs and watches tell, in the words of the protocol. Pure: events in, events out. */
import type { CheckResult } from '../../grader/core/verdict.ts'
import { type Look, renderResult, renderSummary } from '../../grader/render/terminal.ts'
import { EnvironmentTrouble } from '../../stack/types.ts'
import type { CheckEvent } from '../check.ts'
import type { RunReport } from '../report.ts'
import { UsageError } from '../usage.ts'
import type { WatchEvent } from '../watch.ts'
import type { Act, LabEvent } from './protocol.ts'

/** As the terminal prints it into a file: no colour, 80 columns, every failure whole. */
const LOOK: Look = { colour: false, columns: 80, all: true }

/** A result as text. */
export const textOf = (result: CheckResult) => renderResult(result, true, LOOK)

/** An event of a run. */
export function ofCheck(event: CheckEvent): LabEvent {
  if (event.type === 'result') return { type: 'result', result: event.result, text: textOf(event.result) }
  const { transport, seed, services, notes, checks } = event
  return { type: 'ready', transport, seed, services, notes, checks: checks.map((c) => c.id) }
}

/** The end of a run. */
export function ofReport(act: Act, report: RunReport): LabEvent {
  if (report.env === null) return { type: 'end', act, report, summary: renderSummary(report.checks, report.ms, LOOK) }
  const { message, remedy, log } = report.env
  return { type: 'trouble', act, error: message, remedy, log }
}

/** An event of a watch. */
export function ofWatch(event: WatchEvent): LabEvent {
  switch (event.type) {
    case 'round': {
      const { reason } = event
      const files = reason.why === 'saved' ? { files: reason.files.slice(0, 20) } : {}
      return { type: 'begin', act: 'watch', reason: reason.why, ...files }
    }
    case 'ready':
    case 'result':
      return ofCheck(event)
    case 'end':
      return ofReport('watch', event.report)
    case 'overtaken':
      return { type: 'stopped', act: 'watch', why: 'There is something newer.' }
    case 'mistake':
      return { type: 'trouble', act: 'watch', error: event.message, remedy: 'Mend it and save.', log: [] }
    case 'gone':
      return { type: 'says', text: 'The stack is gone: somebody stopped it. The watch waits for it to come back.' }
  }
}

/** What went wrong, in words: environment and typing as they say it themselves, everything else as a mistake of ours. */
export function ofError(act: Act, error: unknown): LabEvent {
  if (error instanceof EnvironmentTrouble)
    return { type: 'trouble', act, error: error.message, remedy: error.remedy, log: error.log }
  const message = error instanceof Error ? error.message : String(error)
  const remedy = isKnown(error) ? '' : 'This is a mistake of the workbook itself; the terminal of npm start has more.'
  return { type: 'trouble', act, error: message, remedy, log: [] }
}

/** Errors whose message is meant for people. */
export const isKnown = (error: unknown): boolean =>
  error instanceof UsageError ||
  error instanceof EnvironmentTrouble ||
  (error instanceof Error && ['StateError', 'CatalogError', 'UnknownCheck', 'UnknownLab'].includes(error.name))
