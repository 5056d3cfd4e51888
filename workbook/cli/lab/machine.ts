/** Actions on this machine: fetch what labs need, remove what they left. */
import path from 'node:path'
import { createInterface } from 'node:readline/promises'
import { findLab, loadCatalog } from '../../catalog/index.ts'
import { clean as cleanUp, planClean, runningSentence } from '../../session/clean.ts'
import type { Context } from '../../session/context.ts'
import { type Pulled, pull as pullAll } from '../../session/pull.ts'
import { UsageError } from '../../session/usage.ts'
import { noWords, out, sizeText } from './types.ts'

/** `lab pull [L01 …]`; exit code 3 where something that offline work needs is missing. */
export async function pull(context: Context, words: string[]): Promise<number> {
  const labs =
    words.length === 0
      ? (await loadCatalog(context.root)).labs
      : await Promise.all(words.map((word) => findLab(context.root, word)))
  const items = await pullAll(context, labs, (item) => out(lineOf(item)))
  const missing = items.filter((item) => item.state === 'missing').length
  out(
    missing === 0
      ? 'Everything that these labs need is on this machine.'
      : `${missing} ${missing === 1 ? 'thing is' : 'things are'} missing; see above.`,
  )
  return missing === 0 ? 0 : 3
}

function lineOf({ what, state, bytes, detail, fix }: Pulled): string {
  const more = [bytes === undefined ? undefined : sizeText(bytes), detail].filter((part) => part !== undefined)
  const line = `${state.padEnd(10)} ${what}${more.length === 0 ? '' : `  (${more.join(', ')})`}`
  return state === 'missing' && fix !== undefined ? `${line}\n           ${fix}` : line
}

/** `lab clean [--yes]`: lists, asks, removes. */
export async function clean(context: Context, words: string[], yes: boolean): Promise<number> {
  noWords('clean', words)
  const plan = await planClean(context)
  if (plan.running.length > 0) throw new UsageError(runningSentence(plan.running))
  for (const thing of plan.engine)
    out(`${thing.kind.padEnd(9)} ${thing.name}${thing.bytes === undefined ? '' : `  ${sizeText(thing.bytes)}`}`)
  for (const folder of plan.folders)
    out(`${folder.kind.padEnd(9)} ${shown(context, folder.dir)}  ${sizeText(folder.bytes)}`)
  const count = plan.engine.length + plan.folders.length
  if (count === 0) out('There is nothing to remove.')
  for (const sentence of plan.kept) out(`Stays: ${sentence}`)
  if (count === 0) return 0
  if (!yes && !(await agreed(context, count))) {
    out('Nothing was removed.')
    return 0
  }
  const { removed, failed } = await cleanUp(context, (await loadCatalog(context.root)).labs, plan)
  out(`${removed} removed.`)
  for (const sentence of failed) out(`Not removed: ${sentence}`)
  return failed.length === 0 ? 0 : 3
}

const shown = (context: Context, dir: string) => {
  const relative = path.relative(context.root, dir)
  return relative.startsWith('..') ? dir : relative
}

async function agreed(context: Context, count: number): Promise<boolean> {
  if (process.stdin.isTTY !== true)
    throw new UsageError('Nothing was removed. To remove what is listed: npm run lab -- clean --yes')
  const keyboard = createInterface({ input: process.stdin, output: process.stdout })
  try {
    const answer = await keyboard.question(
      `Remove ${count === 1 ? 'this one' : `these ${count}`}? Labs start with empty databases afterwards. [y/N] `,
      { signal: context.signal },
    )
    return /^y(es)?$/i.test(answer.trim())
  } finally {
    keyboard.close()
  }
}
