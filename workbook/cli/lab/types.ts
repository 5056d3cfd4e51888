import type { Lab } from '../../catalog/index.ts'
import type { Context } from '../../session/context.ts'
import type { FromMine } from '../../session/reset.ts'
import { UsageError } from '../../session/usage.ts'

/** Flags of all actions; each reads its own. */
export interface LabFlags {
  runtime?: string | undefined
  track?: string | undefined
  state?: string | undefined
  to?: string | undefined
  lines?: string | undefined
  snapshot?: string | undefined
  between?: string | undefined
  note?: string | undefined
  data?: boolean | undefined
  stat?: boolean | undefined
  yes?: boolean | undefined
  'from-mine'?: boolean | undefined
}

/** One action on one lab, with the words after the lab. Gives the exit code. */
export type LabAction = (context: Context, lab: Lab, words: string[], flags: LabFlags) => Promise<number>

export const out = (text: string): void => {
  process.stdout.write(`${text}\n`)
}

/** For actions that take the lab alone: another word is a mistake, and is not passed over. */
export function noWords(action: string, words: readonly string[]): void {
  if (words.length > 0) throw new UsageError(`lab ${action} wants nothing after the lab, and got: ${words.join(' ')}`)
}

/** What of the learner's work went into a new copy. */
export function sayCarried(lab: Lab, carried: FromMine | undefined): void {
  if (carried === undefined) return
  const { from, mine, conflicts } = carried
  out(mine.length === 0 ? `Nothing in your copy of ${from} differs from what it gave.` : `Yours, from ${from}:`)
  for (const name of mine) out(`  ${name}`)
  if (conflicts.length === 0) return
  out(`${lab.id} brings these files itself; your changes to them are in your copy of ${from} still:`)
  for (const name of conflicts) out(`  ${name}`)
}

/** `1.2 MB` */
export function sizeText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`
  if (bytes < 1_000_000) return `${(bytes / 1_000).toFixed(0)} kB`
  return bytes < 1_000_000_000 ? `${(bytes / 1_000_000).toFixed(1)} MB` : `${(bytes / 1_000_000_000).toFixed(1)} GB`
}
