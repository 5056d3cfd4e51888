import path from 'node:path'
import { parseArgs } from 'node:util'
import { findLab, type Lab } from '../catalog/index.ts'
import type { AnyCheck } from '../grader/core/check.ts'
import { clausesOf } from '../grader/core/check.ts'
import { loadChecks } from '../grader/load.ts'
import { type CheckRequest, checkLab } from '../session/check.ts'
import { callerDir, contextOf, lastLab } from '../session/context.ts'
import { labOfFolder } from '../session/folder.ts'
import { openHints } from '../session/hints.ts'
import { junitOf } from '../session/junit.ts'
import { exitCodeOfReport } from '../session/report.ts'
import { UsageError } from '../session/usage.ts'
import { endOrphans } from '../stack/registry.ts'
import doctor from './doctor.ts'
import type { Invocation } from './main.ts'
import { lookOf, runtimeOf } from './options.ts'
import { printEnd, printer } from './print.ts'

const usage = `npm run check [-- L01 [C04 …]] [--dir folder | --url origin [--env-file file]] [--runtime container|process]
                 [--track t] [--seed s] [--json | --junit] [--list] [--all] [--hint] [--plain] [--watch [--manual]]`

export default async function check({ root, words, signal }: Invocation): Promise<number> {
  const { values, positionals } = parseArgs({
    args: words,
    allowPositionals: true,
    options: {
      json: { type: 'boolean' },
      junit: { type: 'boolean' },
      watch: { type: 'boolean' },
      manual: { type: 'boolean' },
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
  if (values.json && values.junit)
    throw new UsageError('--json and --junit exclude each other: stdout holds one document.')
  if (values.watch && (values.json || values.junit))
    throw new UsageError('--watch prints run after run; --json and --junit are one document. Leave out one of the two.')
  if (values.watch && values.hint) throw new UsageError('--hint is the key h of a watch. Leave it out.')
  if (values.manual && !values.watch)
    throw new UsageError('--manual is a way to watch: npm run check -- --watch --manual')
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
  if (values.watch) return (await import('./watch.ts')).default(context, request, look, values.manual === true)
  const hints = await openHints(context.places, lab.id, values.hint === true)
  const report = await checkLab(
    context,
    request,
    values.json || values.junit ? () => {} : printer(request, look, hints),
  )
  await hints.save()
  if (values.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
  else if (values.junit) process.stdout.write(junitOf(report))
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
