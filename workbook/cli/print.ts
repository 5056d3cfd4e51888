/** A run on the terminal: each event as it comes, and the end. Used by `check` and by its watch. */

import { cut } from '../grader/core/exchange.ts'
import type { CheckResult } from '../grader/core/verdict.ts'
import { field, type Look, renderHeading, renderNext, renderResult, renderSummary } from '../grader/render/terminal.ts'
import type { CheckEvent, CheckRequest } from '../session/check.ts'
import type { HintLadder } from '../session/hints.ts'
import type { RunReport } from '../session/report.ts'

/** So much of a line of a log is shown. */
const LOG_LINE = 400

/** Prints events as they come; the first failure whole, with what to do next. */
export function printer(request: CheckRequest, look: Look, hints: HintLadder): (event: CheckEvent) => void {
  let failed = false
  let seed = ''
  const out = (text: string) => process.stdout.write(`${text}\n`)
  return (event) => {
    if (event.type === 'ready') {
      seed = event.seed
      const { lab, services, checks } = event
      out(
        renderHeading({ lab, transport: transportWords[event.transport], seed, services, checks: checks.length }, look),
      )
      for (const note of event.notes) out(`${field('Note', note, look)}\n`)
      return
    }
    const { result } = event
    const first = result.verdict === 'fail' && !failed
    failed ||= first
    out(renderResult(result, first, look))
    if (result.verdict !== 'fail' || !(first || look.all)) return
    const again = repeatOf(request, result)
    const next = hints.next(result)
    out(
      `${renderNext(
        {
          hints: hints.shown(result),
          repeat: `${again} --seed ${seed}`,
          read: readOf(result),
          next:
            next === undefined ? undefined : `${again} --hint   (hint ${next} of ${result.failure?.hints.length ?? 0})`,
        },
        look,
      )}\n`,
    )
  }
}

const transportWords = { container: 'containers', process: 'processes', url: 'a server behind --url' } as const

export function repeatOf(request: CheckRequest, result: CheckResult): string {
  const where =
    request.url === undefined ? (request.dir === undefined ? '' : ` --dir ${request.dir}`) : ` --url ${request.url}`
  return `npm run check -- ${request.lab.id} ${result.id}${where}`
}

/** Where the site explains it: the path of the page with the heading. */
const readOf = (result: CheckResult) =>
  result.lesson === undefined ? undefined : `course: /${result.lesson.replace('#', '/#')}`

export function printEnd(report: RunReport, look: Look): void {
  const out = (text: string) => process.stdout.write(`${text}\n`)
  if (report.env !== null) {
    for (const line of report.env.log) out(`  ${cut(line, LOG_LINE)}`)
    out(`${report.env.message}\n${report.env.remedy}`)
    out('No check ran: only a system that is up can be graded.')
    return
  }
  out(`\n${renderSummary(report.checks, report.ms, look)}`)
  if (report.complete) out('All core checks pass: this lab is done.')
  const untouched = report.totals.fail >= 5 && report.totals.pass > 0 && report.selection.length > 10
  if (untouched) out('A fresh starter fails many checks: that is the task. Begin with the first failure above.')
}
