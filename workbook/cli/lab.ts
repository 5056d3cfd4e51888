/** `npm run lab`: reads the words, finds the lab, hands over to the action. The actions lie in `lab/`. */
import { parseArgs } from 'node:util'
import { didYouMean, findLab, type Lab, loadCatalog } from '../catalog/index.ts'
import { type Context, callerDir, contextOf, lastLab } from '../session/context.ts'
import { labOfFolder } from '../session/folder.ts'
import { statusOf } from '../session/labs.ts'
import { UsageError } from '../session/usage.ts'
import { endOrphans } from '../stack/registry.ts'
import { copyActions } from './lab/copy.ts'
import { exportState } from './lab/export.ts'
import { clean, pull } from './lab/machine.ts'
import { stackActions } from './lab/stack.ts'
import type { LabAction, LabFlags } from './lab/types.ts'
import type { Invocation } from './main.ts'

const usage = `npm run lab -- <action> [L01] [words] [flags]

The stack
  list                          the labs, and which run
  start   [L01] [--runtime container|process] [--track express|fastapi]
                                make your copy where there is none, and start it (API_PORT: its port);
                                --from-mine: on your own files of the lab before, not on its reference
  stop    [L01]                 end its stack; your files stay
  status  [L01]                 what runs where; whether the course changed since you began
  logs    [L01] [--lines 100]   what its API printed

Your copy. Whatever changes files takes a snapshot first
  solve   [L01] [file …]        the reference solution over your copy, all of it or the named files
  diff    [L01] [file] [--between mine-starter|mine-solution|starter-solution] [--stat]
  update  [L01]                 bring in what the course changed, as far as you have not touched it
  reset   [L01] [--track t] [--from-mine]   put the starter back, with an empty database
  reset   [L01] --data          empty the database alone; your files stay
  open    [L01] file[:line[:column]]   in your editor
  import-draft [L01] file.json  files that you changed in a page of the course, as the page exported them

Snapshots
  snapshot  [L01] [--note text] take one now
  snapshots [L01]               list them
  restore [L01] name            put one back

This machine
  pull    [L01 …]               fetch everything that work without a network needs
  clean   [--yes]               remove containers, volumes, images, databases and caches of labs; never your files
  export  [L01] --state starter|solution|alternate:<id>|mutant:<id>|cheat:<id> --to folder [--track t]`

const actions: Record<string, LabAction> = { ...stackActions, ...copyActions, export: exportState }
const names = [...Object.keys(actions), 'list', 'pull', 'clean']

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
      between: { type: 'string' },
      note: { type: 'string' },
      data: { type: 'boolean' },
      stat: { type: 'boolean' },
      yes: { type: 'boolean' },
      'from-mine': { type: 'boolean' },
      help: { type: 'boolean' },
    },
  })
  const [action, ...rest] = positionals
  if (values.help || action === undefined) {
    process.stdout.write(`${usage}\n`)
    return action === undefined && !values.help ? 2 : 0
  }
  if (!names.includes(action)) {
    const near = didYouMean(action, names)
    throw new UsageError(`There is no action "${action}".${near ? ` Did you mean ${near}?` : ''}\n${usage}`)
  }
  const context = await contextOf(root, signal, (text) => process.stderr.write(`${text}\n`))
  const ended = await endOrphans(context.places)
  if (ended.length > 0) context.progress(`Ended what an interrupted command had left running: ${ended.join(', ')}.`)
  if (action === 'clean') return clean(context, rest, values.yes === true)
  if (action === 'pull') return pull(context, rest)
  if (action === 'list' || (action === 'status' && rest.length === 0)) return listLabs(context)
  const { lab: chosen, others } = await chooseLab(context, action, rest)
  const run = actions[action]
  if (run === undefined) throw new Error(`no action ${action}`)
  return run(context, chosen, others, values satisfies LabFlags)
}

/** Does a word name a lab, and not a file or a snapshot? `L01`, `1`, `password-login`, `01-password-login`. */
const isLabWord = (word: string) => /^[a-z0-9-]+$/i.test(word) && !/^\d{4}/.test(word)

/** The lab that is named first, else that of the folder one is in, else the one last used; and the other words. */
async function chooseLab(context: Context, action: string, words: string[]): Promise<{ lab: Lab; others: string[] }> {
  const [first, ...rest] = words
  if (first !== undefined && isLabWord(first)) return { lab: await findLab(context.root, first), others: rest }
  const word = (await labOfFolder(context.root, callerDir())) ?? (await lastLab(context.places))
  if (word === undefined) throw new UsageError(`Which lab? Name it: npm run lab -- ${action} L01`)
  return { lab: await findLab(context.root, word), others: words }
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
    process.stdout.write(`${lab.id}  ${lab.title}  ·  ${state}\n`)
  }
  return 0
}
