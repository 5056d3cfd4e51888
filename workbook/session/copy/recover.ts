/** Finishes or undoes what a killed command left in the middle. Every command that changes a copy begins here. */
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import type { Lab } from '../../catalog/index.ts'
import { isEmptyFolder } from '../../workspace/materialise.ts'
import { type Context, workspaceOf } from '../context.ts'
import { type Journal, readJournal, removeJournal } from './journal.ts'
import { applyChanges } from './patch.ts'
import { journalFile, nextOf, originFile, snapshotsOf, unwritten } from './places.ts'
import { clearPartial } from './snapshots.ts'
import { closeSwap, placeNext } from './swap.ts'

/** To be called by whoever holds the lock of the lab. Gives, and tells, what was done in sentences. */
export async function recover(context: Context, lab: Lab): Promise<string[]> {
  const journal = await readJournal(context, lab)
  const told =
    journal === undefined
      ? []
      : journal.kind === 'swap'
        ? await recoverSwap(context, lab, journal)
        : await recoverPatch(context, lab, journal)
  await rm(nextOf(context, lab), { recursive: true, force: true })
  await clearPartial(context, lab)
  for (const file of [journalFile(context, lab), originFile(context, lab)]) await rm(unwritten(file), { force: true })
  for (const sentence of told) context.progress(sentence)
  return told
}

async function recoverSwap(context: Context, lab: Lab, journal: Journal): Promise<string[]> {
  const began = `${article(journal.what)} of ${lab.id} was interrupted.`
  const back =
    journal.snapshot === undefined
      ? ''
      : ` Your files as they were: npm run lab -- restore ${lab.id} ${journal.snapshot}`
  if (!existsSync(nextOf(context, lab))) {
    await closeSwap(context, lab, journal.origin)
    return [`${began} Its files were in place already; it is finished now.${back}`]
  }
  const dir = workspaceOf(context.root, lab)
  const moved = journal.snapshot === undefined || existsSync(path.join(snapshotsOf(context, lab), journal.snapshot))
  const there = !(await isEmptyFolder(dir))
  if (!moved || (journal.snapshot === undefined && there)) {
    await removeJournal(context, lab)
    return [`${began} Nothing had been moved: your files are as they were.`]
  }
  await placeNext(context, lab)
  await closeSwap(context, lab, journal.origin)
  return [`${began} It is finished now.${back}`]
}

async function recoverPatch(context: Context, lab: Lab, journal: Journal & { kind: 'patch' }): Promise<string[]> {
  const back = `Your files as they were: npm run lab -- restore ${lab.id} ${journal.snapshot}`
  if (await isEmptyFolder(workspaceOf(context.root, lab))) {
    await removeJournal(context, lab)
    return [`${article(journal.what)} of ${lab.id} was interrupted, and the copy is gone since. ${back}`]
  }
  const { left } = await applyChanges(context, lab, journal.changes)
  if (journal.origin !== null) await closeSwap(context, lab, journal.origin)
  else await removeJournal(context, lab)
  const sentence = `${article(journal.what)} of ${lab.id} was interrupted; it is finished now. ${back}`
  return left.length === 0 ? [sentence] : [sentence, `Left as you have them since: ${left.join(', ')}`]
}

const article = (what: string) => (/^[aeiou]/.test(what) ? `An ${what}` : `A ${what}`)
