import path from 'node:path'
import { parseArgs } from 'node:util'
import { findLab, type Lab } from '../catalog/index.ts'
import type { AnyCheck } from '../grader/core/check.ts'
import type { CheckResult } from '../grader/core/verdict.ts'
import { clausesOf, loadChecks } from '../grader/load.ts'
import { field, type Look, renderHeading, renderNext, renderResult, renderSummary } from '../grader/render/terminal.ts'
import { type CheckEvent, type CheckRequest, checkLab } from '../session/check.ts'
import { callerDir, contextOf, lastLab } from '../session/context.ts'
import { labOfFolder } from '../session/folder.ts'
import { exitCodeOfReport, type RunReport } from '../session/report.ts'
import { UsageError } from '../session/usage.ts'
import doctor from './doctor.ts'
import type { Invocation } from './main.ts'
import { lookOf, runtimeOf } from './options.ts'

const usage = `npm run check [-- L01 [C04 …]] [--dir folder | --url origin [--env-file file]] [--runtime container|process]
                 [--track t] [--seed s] [--json] [--list] [--all] [--hint n] [--plain]`

export default async function check({ root, words, signal }: Invocation): Promise<number> {
  const { values, positionals } = parseArgs({
    args: words,
    allowPositionals: true,
    options: {
      json: { type: 'boolean' },
      list: { type: 'boolean' },
      all: { type: 'boolean' },
      plain: { type: 'boolean' },
      help: { type: 'boolean' },
      hint: { type: 'string' },
      seed: { type: 'string' },
      track: { type: 'string' },
      runtime: { type: 'string' },
      dir: { type: 'string' },
      url: { type: 'string' },
      'env-file': { type: 'string' },
    },
  })
  if (values.help) {
    process.stdout.write(`${usage}\n`)
    return 0
  }
  const context = await contextOf(root, signal, (text) => process.stderr.write(`${text}\n`))
  const [word, ...ids] = positionals
  // L00 has no checks of its own: it is the preflight.
  if (/^l?0?0$/i.test(word ?? ''))
    return doctor({
      root,
      words: [...(values.json ? ['--json'] : []), ...(values.runtime ? ['--runtime', values.runtime] : [])],
      signal,
    })
  const lab = await findLab(
    root,
    word ?? (await labOfFolder(root, values.dir ?? callerDir())) ?? (await lastLab(context.places)) ?? noLab(),
  )
  const look = lookOf(values.plain === true, values.all === true)
  if (values.list) return list(lab, await loadChecks(lab), values.json === true)
  const request: CheckRequest = {
    lab,
    ids,
    dir: values.dir === undefined ? undefined : path.resolve(callerDir(), values.dir),
    runtime: runtimeOf(values.runtime),
    track: values.track,
    seed: values.seed,
    url: values.url,
    envFile: values['env-file'],
  }
  const hint = values.hint === undefined ? 0 : Number(values.hint)
  if (!Number.isInteger(hint) || hint < 0 || hint > 3) throw new UsageError('--hint wants 1, 2 or 3.')
  const report = await checkLab(context, request, values.json ? () => {} : printer(request, look, hint))
  if (values.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
  else printEnd(report, look)
  return signal.aborted ? 130 : exitCodeOfReport(report)
}

function noLab(): never {
  throw new UsageError('Which lab? Name it: npm run check -- L01')
}

function list(lab: Lab, checks: AnyCheck[], json: boolean): number {
  if (json) {
    const rows = checks.map((c) => ({
      id: c.id,
      title: c.title,
      level: c.level,
      rationale: c.rationale,
      clauses: clausesOf(c),
      capabilities: c.capabilities,
      lesson: c.lesson,
    }))
    process.stdout.write(`${JSON.stringify({ lab: lab.id, checks: rows }, null, 2)}\n`)
  } else
    for (const c of checks)
      process.stdout.write(`${c.id.padEnd(5)} ${c.level.padEnd(8)} ${c.title}  (${clausesOf(c).join(', ')})\n`)
  return 0
}

/** Prints events as they come; the first failure whole, with what to do next. */
function printer(request: CheckRequest, look: Look, hint: number): (event: CheckEvent) => void {
  let failed = false
  const out = (text: string) => process.stdout.write(`${text}\n`)
  return (event) => {
    if (event.type === 'ready') {
      out(
        renderHeading(
          {
            lab: event.lab,
            transport:
              event.transport === 'container'
                ? 'containers'
                : event.transport === 'process'
                  ? 'processes'
                  : 'a server behind --url',
            seed: event.seed,
            services: event.services,
            checks: event.checks.length,
          },
          look,
        ),
      )
      for (const note of event.notes) out(`${field('Note', note, look)}\n`)
      return
    }
    const { result } = event
    const first = result.verdict === 'fail' && !failed
    failed ||= first
    out(renderResult(result, first, look))
    if (first || (look.all && result.verdict === 'fail'))
      out(`${renderNext(repeatOf(request, result), readOf(result), hintOf(request, result, hint), look)}\n`)
  }
}

function repeatOf(request: CheckRequest, result: CheckResult): string {
  const where =
    request.url === undefined ? (request.dir === undefined ? '' : ` --dir ${request.dir}`) : ` --url ${request.url}`
  return `npm run check -- ${request.lab.id} ${result.id}${where}`
}

const readOf = (result: CheckResult) =>
  result.lesson === undefined ? undefined : `/${result.lesson.replace('#', '/#')}`

function hintOf(request: CheckRequest, result: CheckResult, wanted: number): string {
  const hints = result.failure?.hints ?? []
  if (wanted > 0)
    return hints
      .slice(0, wanted)
      .map((text, i) => `${i + 1}. ${text}`)
      .join(' ')
  return `${repeatOf(request, result)} --hint 1   (of ${hints.length})`
}

function printEnd(report: RunReport, look: Look): void {
  const out = (text: string) => process.stdout.write(`${text}\n`)
  if (report.env !== null) {
    for (const line of report.env.log) out(`  ${line}`)
    out(`${report.env.message}\n${report.env.remedy}`)
    out('No check ran: only a system that is up can be graded.')
    return
  }
  out(`\n${renderSummary(report.checks, report.ms, look)}`)
  if (report.complete) out('All core checks pass: this lab is done.')
  const untouched = report.totals.fail >= 5 && report.totals.pass > 0 && report.selection.length > 10
  if (untouched) out('A fresh starter fails many checks: that is the task. Begin with the first failure above.')
}
