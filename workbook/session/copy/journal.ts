/** What is about to happen to a copy, on disk before it happens: the next command can finish, or undo, what a killed one began. */
import { existsSync } from 'node:fs'
import { readFile, rename, rm } from 'node:fs/promises'
import type { Lab } from '../../catalog/index.ts'
import type { Context } from '../context.ts'
import type { Origin } from './origin.ts'
import { journalFile, writeRecord } from './places.ts'
import type { Reason } from './snapshots.ts'

/** One file of a patch. A hash is undefined where there is no file. */
export interface Change {
  path: string
  before?: string
  after?: string
  executable: boolean
}

interface Common {
  schema: 1
  /** The command, as a person knows it. */
  what: Reason | 'start'
  /** The snapshot that holds the copy as it was; none where there was no copy. */
  snapshot?: string
  /** The record of the copy once this is done. */
  origin: Origin | null
}

/** `swap`: the copy is replaced whole by the prepared folder. `patch`: single files are replaced by prepared ones. */
export type Journal = (Common & { kind: 'swap' }) | (Common & { kind: 'patch'; changes: Change[] })

export async function readJournal(context: Context, lab: Lab): Promise<Journal | undefined> {
  const file = journalFile(context, lab)
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    const journal = JSON.parse(text) as Journal
    if (journal.schema === 1) return journal
  } catch {
    // Told below.
  }
  await rename(file, `${file}.unreadable`)
  context.progress(
    `The record of an interrupted command on ${lab.id} cannot be read; it is kept as ${file}.unreadable. Your snapshots: npm run lab -- snapshots ${lab.id}`,
  )
  return undefined
}

export const writeJournal = (context: Context, lab: Lab, journal: Journal) =>
  writeRecord(journalFile(context, lab), journal)

export const removeJournal = (context: Context, lab: Lab) => rm(journalFile(context, lab), { force: true })

/** Did a command end in the middle of changing the copy? True also while one is at work. */
export const isUnfinished = (context: Context, lab: Lab): boolean => existsSync(journalFile(context, lab))
