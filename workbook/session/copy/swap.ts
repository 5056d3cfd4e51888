/** Replaces a copy whole: the next one is prepared aside, the present one becomes a snapshot by a rename, the next one takes its place by a rename. */
import { mkdir, rename, rm, rmdir } from 'node:fs/promises'
import path from 'node:path'
import type { Lab } from '../../catalog/index.ts'
import { isEmptyFolder } from '../../workspace/materialise.ts'
import { type Context, workspaceOf } from '../context.ts'
import { type Journal, removeJournal, writeJournal } from './journal.ts'
import type { Origin } from './origin.ts'
import { nextOf, originFile, writeRecord } from './places.ts'
import { announce, moveToSnapshot, type Reason, type Snapshot } from './snapshots.ts'

export interface Swap {
  what: Reason
  /** Writes the next copy into a folder that is not there yet. */
  build: (dir: string) => Promise<void>
  /** The record of the next copy. */
  origin: Origin | null
  /** Last thing before files move; when it throws, nothing has changed. */
  before?: () => Promise<void>
}

/** Gives the snapshot of what was there; undefined where there was no copy. */
export async function swapCopy(context: Context, lab: Lab, swap: Swap): Promise<Snapshot | undefined> {
  const next = nextOf(context, lab)
  await rm(next, { recursive: true, force: true })
  context.step?.('prepare')
  await mkdir(path.dirname(next), { recursive: true })
  await swap.build(next)
  context.step?.('prepared')
  await swap.before?.()
  const empty = await isEmptyFolder(workspaceOf(context.root, lab))
  const snapshot = empty ? undefined : await announce(context, lab, swap.what)
  context.step?.('announced')
  await writeJournal(context, lab, {
    schema: 1,
    kind: 'swap',
    what: empty ? 'start' : swap.what,
    origin: swap.origin,
    ...(snapshot === undefined ? {} : { snapshot: snapshot.name }),
  })
  context.step?.('journal')
  if (snapshot !== undefined) await moveToSnapshot(context, lab, snapshot.name)
  context.step?.('moved away')
  await placeNext(context, lab)
  context.step?.('placed')
  await closeSwap(context, lab, swap.origin)
  return snapshot
}

/**
 * Puts the prepared folder in the place of the copy, which was moved away. What stands there all the same, because an editor saved into the path, becomes a
 * snapshot; that one is returned and told.
 */
export async function placeNext(context: Context, lab: Lab): Promise<Snapshot | undefined> {
  const dir = workspaceOf(context.root, lab)
  let kept: Snapshot | undefined
  if (!(await isEmptyFolder(dir))) {
    kept = await announce(context, lab, 'repair')
    await moveToSnapshot(context, lab, kept.name)
    context.progress(
      `Something was saved into your copy of ${lab.id} while it was being replaced. It is kept: npm run lab -- restore ${lab.id} ${kept.name}`,
    )
  }
  await rmdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
  await rename(nextOf(context, lab), dir)
  return kept
}

/** Records where the new copy came from; with that the command is done. */
export async function closeSwap(context: Context, lab: Lab, origin: Journal['origin']): Promise<void> {
  if (origin === null) await rm(originFile(context, lab), { force: true })
  else await writeRecord(originFile(context, lab), origin)
  context.step?.('recorded')
  await removeJournal(context, lab)
  context.step?.('done')
}
