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
import { type HintLadder, openHints } from '../session/hints.ts'
import { exitCodeOfReport, type RunReport } from '../session/report.ts'
import { UsageError } from '../session/usage.ts'
import { endOrphans } from '../stack/registry.ts'
import doctor from './doctor.ts'
import type { Invocation } from './main.ts'
import { lookOf, runtimeOf } from './options.ts'

const usage = `npm run check [-- L01 [C04 …]] [--dir folder | --url origin [--env-file file]] [--runtime container|process]
                 [--track t] [--seed s] [--json] [--list] [--all] [--hint] [--plain]`

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
      hint: { type: 'boolean' },
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
  const ended = await endOrphans(context.places)
  if (ended.length > 0) context.progress(`Ended what an interrupted command had left running: ${ended.join(', ')}.`)
  // `npm run check -- C04` in the folder of a lab: the lab is known from where one is.
  const labFirst = !/^[cx]\d\dh?$/i.test(positionals[0] ?? '')
  const word = labFirst ? positionals[0] : undefined
  const ids = labFirst ? positionals.slice(1) : positionals
  // L00 has no checks of its own: it is the preflight.
  if (/^l?0?0$/i.test(word ?? ''))
    return doctor({
      root,
      words: ['L00', ...(values.json ? ['--json'] : []), ...(values.runtime ? ['--runtime', values.runtime] : [])],
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
  const hints = await openHints(context.places, lab.id, values.hint === true)
  const report = await checkLab(context, request, values.json ? () => {} : printer(request, look, hints))
  await hints.save()
  if (values.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
  else if (signal.aborted) process.stdout.write('Interrupted: no result is kept.\n')
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
function printer(request: CheckRequest, look: Look, hints: HintLadder): (event: CheckEvent) => void {
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

function repeatOf(request: CheckRequest, result: CheckResult): string {
  const where =
    request.url === undefined ? (request.dir === undefined ? '' : ` --dir ${request.dir}`) : ` --url ${request.url}`
  return `npm run check -- ${request.lab.id} ${result.id}${where}`
}

/** Where the site explains it: the path of the page with the heading. */
const readOf = (result: CheckResult) =>
  result.lesson === undefined ? undefined : `course: /${result.lesson.replace('#', '/#')}`

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
