/** The learner's copy as a whole: made, begun anew, taken to another track. */
import { findLab, type Lab, type Track } from '../catalog/index.ts'
import { courseOf } from '../stack/course.ts'
import { type Carried, carry } from '../workspace/carry.ts'
import { readCopy } from '../workspace/copy.ts'
import { isEmptyFolder, writeTree } from '../workspace/materialise.ts'
import { type Context, workspaceOf } from './context.ts'
import { needTrack, originFrom, solutionOf, starterOf, trackOfCopy } from './copy/origin.ts'
import { skipped } from './copy/places.ts'
import { recover } from './copy/recover.ts'
import type { Snapshot } from './copy/snapshots.ts'
import { swapCopy } from './copy/swap.ts'
import { dropData } from './data.ts'
import { withLabLock } from './lab-lock.ts'
import { refuseIfRunning } from './running.ts'
import { UsageError } from './usage.ts'

/** Which files of a copy made with `--from-mine` are the learner's own, and which the lab brings itself. */
export type FromMine = Pick<Carried, 'mine' | 'conflicts'> & { from: string }

/** What came of putting a starter. */
export interface Begun {
  /** What was there before; undefined where there was no copy. */
  replaced: Snapshot | undefined
  /** Where it was asked for: what of the learner's work of the lab before was carried forward. */
  carried: FromMine | undefined
}

/** Puts the starter back, with an empty database. What was there is kept: its snapshot is returned, undefined where there was no copy. */
export const resetLab = async (context: Context, lab: Lab, track: Track | undefined): Promise<Snapshot | undefined> =>
  (await reset(context, lab, track, false)).replaced

/** The same, on the learner's own files of the lab before instead of on its reference. */
export const resetFromMine = (context: Context, lab: Lab, track: Track | undefined): Promise<Begun> =>
  reset(context, lab, track, true)

const reset = (context: Context, lab: Lab, track: Track | undefined, fromMine: boolean): Promise<Begun> =>
  withLabLock(context, lab, 'reset', async () => {
    await recover(context, lab)
    const now = await trackOfCopy(context, lab)
    return putStarter(context, lab, track ?? now, track === undefined || track === now ? 'reset' : 'track', fromMine)
  })

/**
 * Sees to a copy of the wanted track. Under the lock of the lab.
 * @param fromMine a new copy lies on the learner's own files of the lab before; one that is there is not touched
 * @returns whether it was made just now, and the snapshot of a copy of another track that it replaced
 * @throws UsageError where `fromMine` is asked for and there is a copy
 */
export async function ensureCopy(
  context: Context,
  lab: Lab,
  track: Track | undefined,
  fromMine = false,
): Promise<Begun & { created: boolean }> {
  const dir = workspaceOf(context.root, lab)
  if (await isEmptyFolder(dir))
    return {
      created: true,
      ...(await putStarter(context, lab, track ?? lab.tracks[0] ?? 'express', 'reset', fromMine)),
    }
  if (fromMine)
    throw new UsageError(
      `You have a copy of ${lab.id} already, and nothing is laid over it. To begin anew from your own work (a snapshot comes first): npm run lab -- reset ${lab.id} --from-mine`,
    )
  if (track === undefined || (await courseOf(dir)).track === track)
    return { created: false, replaced: undefined, carried: undefined }
  return { created: true, ...(await putStarter(context, lab, track, 'track', false)) }
}

async function putStarter(
  context: Context,
  lab: Lab,
  track: Track,
  what: 'reset' | 'track',
  fromMine: boolean,
): Promise<Begun> {
  const dir = workspaceOf(context.root, lab)
  const starter = await starterOf(context, lab, needTrack(lab, track))
  const { tree, carried } = fromMine ? await onMine(context, lab, track) : { tree: starter, carried: undefined }
  const there = !(await isEmptyFolder(dir))
  if (there) await refuseIfRunning(context, lab, dir)
  const replaced = await swapCopy(context, lab, {
    what,
    // What was carried forward is the learner's: against the starter it counts as changed.
    origin: originFrom(lab, track, 'starter', starter),
    build: (next) => writeTree(tree, next),
    before: async () => {
      if (there) await dropData(context, lab)
    },
  })
  return { replaced, carried }
}

/** The starter on the learner's own files of the lab before. */
async function onMine(context: Context, lab: Lab, track: Track): Promise<{ tree: Carried['tree']; carried: FromMine }> {
  const id = lab.after.at(-1)
  if (id === undefined) throw new UsageError(`${lab.id} goes on from no other lab: leave --from-mine out.`)
  const before = await findLab(context.root, id)
  const dir = workspaceOf(context.root, before)
  if (await isEmptyFolder(dir)) throw new UsageError(`You have no copy of ${id} to go on from: leave --from-mine out.`)
  const own = await trackOfCopy(context, before)
  if (own !== track) throw new UsageError(`Your copy of ${id} is of the track ${own}: --track ${own}`)
  const [starter, solution, next] = await Promise.all([
    starterOf(context, before, track),
    solutionOf(context, before, track),
    starterOf(context, lab, track),
  ])
  const { tree, mine, conflicts } = carry(await readCopy(dir, skipped), { starter, solution }, next)
  return { tree, carried: { from: id, mine, conflicts } }
}
