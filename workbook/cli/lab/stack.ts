/** Actions on the stack of a lab. */
import path from 'node:path'
import { logsOf, notesOf, startLab, statusOf, stopLab } from '../../session/labs.ts'
import { UsageError } from '../../session/usage.ts'
import { runtimeOf, trackOf } from '../options.ts'
import { type LabAction, noWords, out, sayCarried } from './types.ts'

const start: LabAction = async (context, lab, words, flags) => {
  noWords('start', words)
  const result = await startLab(context, lab, {
    runtime: runtimeOf(flags.runtime),
    track: trackOf(flags.track),
    fromMine: flags['from-mine'] === true,
  })
  const dir = path.relative(context.root, result.dir)
  for (const note of result.notes) out(note)
  if (result.created) out(`Made your copy: ${dir}`)
  sayCarried(lab, result.carried)
  if (result.replaced !== undefined)
    out(
      `Your files of the other track are kept; to have them again: npm run lab -- restore ${lab.id} ${result.replaced.name}`,
    )
  out(
    `${lab.id} ${result.running ? 'was running already' : 'is running'} (${result.stack.transport === 'container' ? 'containers' : 'processes'}): ${result.stack.origin}/api`,
  )
  out(`Edit ${dir}/api, then: npm run check -- ${lab.id}`)
  return 0
}

const stop: LabAction = async (context, lab, words) => {
  noWords('stop', words)
  const was = await stopLab(context, lab)
  out(was ? `${lab.id} is stopped. Your files are where they were.` : `${lab.id} was not running.`)
  return 0
}

const status: LabAction = async (context, lab, words) => {
  noWords('status', words)
  const s = await statusOf(context, lab)
  out(`${lab.id} ${lab.title}`)
  out(s.dir === undefined ? '  no copy yet' : `  ${path.relative(context.root, s.dir)}`)
  out(s.transport === undefined ? '  not running' : `  ${s.transport}${s.origin ? `  ${s.origin}` : ''}`)
  for (const service of s.services)
    out(`  ${service.name.padEnd(8)} ${service.state}${service.detail ? `  ${service.detail}` : ''}`)
  if (s.keysDir !== undefined) out(`  keys     ${path.relative(context.root, s.keysDir)}`)
  for (const note of await notesOf(context, lab)) out(note)
  return 0
}

const logs: LabAction = async (context, lab, words, flags) => {
  noWords('logs', words)
  const count = Number(flags.lines ?? 100)
  if (!Number.isSafeInteger(count) || count < 1)
    throw new UsageError(`--lines wants a number from 1, not "${flags.lines}".`)
  for (const line of await logsOf(context, lab, count)) out(line)
  return 0
}

export const stackActions = { start, stop, status, logs } satisfies Record<string, LabAction>
