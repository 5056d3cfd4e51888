/** The learner's copy as a whole: made, begun anew, taken to another track. */
import type { Lab, Track } from '../catalog/index.ts'
import { courseOf } from '../stack/course.ts'
import { isEmptyFolder, writeTree } from '../workspace/materialise.ts'
import { type Context, workspaceOf } from './context.ts'
import { needTrack, originFrom, starterOf, trackOfCopy } from './copy/origin.ts'
import { recover } from './copy/recover.ts'
import type { Snapshot } from './copy/snapshots.ts'
import { swapCopy } from './copy/swap.ts'
import { dropData } from './data.ts'
import { withLabLock } from './lab-lock.ts'
import { refuseIfRunning } from './running.ts'

/** Puts the starter back, with an empty database. What was there is kept: its snapshot is returned, undefined where there was no copy. */
export const resetLab = (context: Context, lab: Lab, track: Track | undefined): Promise<Snapshot | undefined> =>
  withLabLock(context, lab, 'reset', async () => {
    await recover(context, lab)
    const now = await trackOfCopy(context, lab)
    return putStarter(context, lab, track ?? now, track === undefined || track === now ? 'reset' : 'track')
  })

/**
 * Sees to a copy of the wanted track. Under the lock of the lab.
 * @returns whether it was made just now, and the snapshot of a copy of another track that it replaced
 */
export async function ensureCopy(
  context: Context,
  lab: Lab,
  track: Track | undefined,
): Promise<{ created: boolean; replaced: Snapshot | undefined }> {
  const dir = workspaceOf(context.root, lab)
  if (await isEmptyFolder(dir)) {
    await putStarter(context, lab, track ?? lab.tracks[0] ?? 'express', 'reset')
    return { created: true, replaced: undefined }
  }
  if (track === undefined || (await courseOf(dir)).track === track) return { created: false, replaced: undefined }
  return { created: true, replaced: await putStarter(context, lab, track, 'track') }
}

async function putStarter(
  context: Context,
  lab: Lab,
  track: Track,
  what: 'reset' | 'track',
): Promise<Snapshot | undefined> {
  const dir = workspaceOf(context.root, lab)
  const tree = await starterOf(context, lab, needTrack(lab, track))
  const there = !(await isEmptyFolder(dir))
  if (there) await refuseIfRunning(context, lab, dir)
  return swapCopy(context, lab, {
    what,
    origin: originFrom(lab, track, 'starter', tree),
    build: (next) => writeTree(tree, next),
    before: async () => {
      if (there) await dropData(context, lab)
    },
  })
}
