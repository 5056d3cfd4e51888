import path from 'node:path'
import { parseArgs } from 'node:util'
import { withLock } from '../bootstrap/lock.mjs'
import { didYouMean, findLab, type Lab, loadCatalog } from '../catalog/index.ts'
import { type Context, callerDir, contextOf, lastLab } from '../session/context.ts'
import { labOfFolder } from '../session/folder.ts'
import {
  exportLab,
  forgetData,
  listSnapshots,
  logsOf,
  resetLab,
  restoreLab,
  startLab,
  statusOf,
  stopLab,
} from '../session/labs.ts'
import { UsageError } from '../session/usage.ts'
import { endOrphans } from '../stack/registry.ts'
import type { Invocation } from './main.ts'
import { runtimeOf, trackOf } from './options.ts'

const usage = `npm run lab -- <action> [L01] [flags]
  list                          the labs, and which run
  start  [L01] [--runtime container|process] [--track express]   make your copy where there is none, and start it (API_PORT: its port)
  stop   [L01]                  end its stack; your files stay
  status [L01]                  what runs where
  logs   [L01] [--lines 100]    what its API printed
  reset  [L01] [--track t]      put the starter back, with an empty database; a snapshot of your files is kept
  reset  [L01] --data           empty the database alone; your files stay
  snapshots [L01]               the snapshots
  restore [L01] --snapshot name put one back; a snapshot of the present files is kept
  export [L01] --state starter|solution|alternate:<id>|mutant:<id>|cheat:<id> --to folder [--track t]`

const actions = ['list', 'start', 'stop', 'status', 'logs', 'reset', 'snapshots', 'restore', 'export'] as const

interface Flags {
  runtime?: string | undefined
  track?: string | undefined
  state?: string | undefined
  to?: string | undefined
  lines?: string | undefined
  snapshot?: string | undefined
  data?: boolean | undefined
}

const out = (text: string) => process.stdout.write(`${text}\n`)

export default async function lab({ root, words, signal }: Invocation): Promise<number> {
  const { values, positionals } = parseArgs({
    args: words,
    allowPositionals: true,
    options: {
      runtime: { type: 'string' },
      track: { type: 'string' },
      state: { type: 'string' },
      to: { type: 'string' },
      lines: { type: 'string' },
      snapshot: { type: 'string' },
      data: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  })
  const [action, word] = positionals
  if (values.help || action === undefined) {
    out(usage)
    return action === undefined && !values.help ? 2 : 0
  }
  if (!actions.some((a) => a === action)) {
    const near = didYouMean(action, actions)
    throw new UsageError(`There is no action "${action}".${near ? ` Did you mean ${near}?` : ''}\n${usage}`)
  }
  const context = await contextOf(root, signal, (text) => process.stderr.write(`${text}\n`))
  const ended = await endOrphans(context.places)
  if (ended.length > 0) context.progress(`Ended what an interrupted command had left running: ${ended.join(', ')}.`)
  if (action === 'list' || (action === 'status' && word === undefined)) return listLabs(context)
  const chosen = await findLab(
    root,
    word ?? (await labOfFolder(root, callerDir())) ?? (await lastLab(context.places)) ?? missing(action),
  )
  const change = ['start', 'stop', 'reset', 'restore'].includes(action)
  // Two commands at once would start one stack twice, or move a folder from under each other.
  const lock = path.join(context.places.state, `lab-${chosen.id}.lock`)
  return change ? withLock(lock, () => act(action, context, chosen, values)) : act(action, context, chosen, values)
}

function missing(action: string): never {
  throw new UsageError(`Which lab? Name it: npm run lab -- ${action} L01`)
}

async function act(action: string, context: Context, lab: Lab, flags: Flags): Promise<number> {
  switch (action) {
    case 'start':
      return start(context, lab, flags)
    case 'stop':
      out(
        (await stopLab(context, lab))
          ? `${lab.id} is stopped. Your files are where they were.`
          : `${lab.id} was not running.`,
      )
      return 0
    case 'status':
      return status(context, lab)
    case 'logs':
      for (const line of await logsOf(context, lab, Number(flags.lines ?? 100))) out(line)
      return 0
    case 'reset':
      return reset(context, lab, flags)
    case 'snapshots':
      for (const name of await listSnapshots(context, lab)) out(name)
      return 0
    case 'restore': {
      if (flags.snapshot === undefined)
        throw new UsageError(
          `Which snapshot? npm run lab -- restore ${lab.id} --snapshot <name>; the names: npm run lab -- snapshots ${lab.id}`,
        )
      const kept = await restoreLab(context, lab, flags.snapshot)
      out(`Restored. ${kept === '' ? '' : `What was there is kept in ${path.relative(context.root, kept)}.`}`)
      return 0
    }
    default:
      return exportState(context, lab, flags)
  }
}

async function start(context: Context, lab: Lab, flags: Flags): Promise<number> {
  const result = await startLab(context, lab, { runtime: runtimeOf(flags.runtime), track: trackOf(flags.track) })
  const dir = path.relative(context.root, result.dir)
  for (const note of result.notes) out(note)
  if (result.created) out(`Made your copy: ${dir}`)
  out(
    `${lab.id} ${result.running ? 'was running already' : 'is running'} (${result.stack.transport === 'container' ? 'containers' : 'processes'}): ${result.stack.origin}/api`,
  )
  out(`Edit ${dir}/api/src, then: npm run check -- ${lab.id}`)
  return 0
}

async function status(context: Context, lab: Lab): Promise<number> {
  const s = await statusOf(context, lab)
  out(`${lab.id} ${lab.title}`)
  out(s.dir === undefined ? '  no copy yet' : `  ${path.relative(context.root, s.dir)}`)
  out(s.transport === undefined ? '  not running' : `  ${s.transport}${s.origin ? `  ${s.origin}` : ''}`)
  for (const service of s.services)
    out(`  ${service.name.padEnd(8)} ${service.state}${service.detail ? `  ${service.detail}` : ''}`)
  return 0
}

async function reset(context: Context, lab: Lab, flags: Flags): Promise<number> {
  if (flags.data === true) {
    await forgetData(context, lab)
    out(`The database of ${lab.id} is empty again. Your files are where they were.`)
    return 0
  }
  const snapshot = await resetLab(context, lab, trackOf(flags.track))
  if (snapshot === undefined) out(`Made your copy of ${lab.id}.`)
  else
    out(
      `The starter is back. Your files are kept; to have them again: npm run lab -- restore ${lab.id} --snapshot ${path.basename(snapshot)}`,
    )
  return 0
}

async function exportState(context: Context, lab: Lab, flags: Flags): Promise<number> {
  if (flags.to === undefined || flags.state === undefined)
    throw new UsageError(
      `export wants --state and --to: npm run lab -- export ${lab.id} --state starter --to ../my-folder`,
    )
  const to = path.resolve(callerDir(), flags.to)
  const count = await exportLab(context, lab, flags.state, trackOf(flags.track), to)
  out(`${count} files written to ${to}`)
  return 0
}

async function listLabs(context: Context): Promise<number> {
  for (const lab of (await loadCatalog(context.root)).labs) {
    const s = await statusOf(context, lab)
    const state =
      s.transport === undefined
        ? s.dir === undefined
          ? 'not begun'
          : 'not running'
        : `running (${s.transport}${s.origin ? `, ${s.origin}` : ''})`
    out(`${lab.id}  ${lab.title}  ·  ${state}`)
  }
  return 0
}
