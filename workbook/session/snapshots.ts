/** Snapshots of the learner's copy: taken by hand, and put back. */
import path from 'node:path'
import { didYouMean, type Lab } from '../catalog/index.ts'
import { type Context, workspaceOf } from './context.ts'
import { copyOf } from './copy/origin.ts'
import { snapshotsOf } from './copy/places.ts'
import { recover } from './copy/recover.ts'
import { copyFolder, copyToSnapshot, listSnapshots, originOfSnapshot, type Snapshot } from './copy/snapshots.ts'
import { swapCopy } from './copy/swap.ts'
import { withLabLock } from './lab-lock.ts'
import { refuseIfRunning } from './running.ts'
import { UsageError } from './usage.ts'

export { listSnapshots, type Snapshot } from './copy/snapshots.ts'

/** Takes one now; the copy stays, and what runs from it runs on. */
export const takeSnapshot = (context: Context, lab: Lab, note: string | undefined): Promise<Snapshot> =>
  withLabLock(context, lab, 'snapshot', async () => {
    await recover(context, lab)
    await copyOf(context, lab)
    return copyToSnapshot(context, lab, 'hand', note)
  })

/** Puts a snapshot back in place of the copy, of which a snapshot is taken first; that one is returned, undefined where there was no copy. */
export const restoreLab = (context: Context, lab: Lab, name: string): Promise<Snapshot | undefined> =>
  withLabLock(context, lab, 'restore', async () => {
    await recover(context, lab)
    const known = (await listSnapshots(context, lab)).map((s) => s.name)
    if (!known.includes(name)) {
      const near = didYouMean(name, known)
      throw new UsageError(
        `${lab.id} has no snapshot "${name}".${near ? ` Did you mean ${near}?` : ''} There are: ${known.join(', ') || 'none'}.`,
      )
    }
    await refuseIfRunning(context, lab, workspaceOf(context.root, lab))
    return swapCopy(context, lab, {
      what: 'restore',
      origin: await originOfSnapshot(context, lab, name),
      build: (next) => copyFolder(path.join(snapshotsOf(context, lab), name), next, () => true),
    })
  })
