/** A course that changed under the learner's copy: what changed, and bringing it in without touching what a person wrote. */
import type { Lab } from '../catalog/index.ts'
import { type CopyTree, readCopy } from '../workspace/copy.ts'
import { isEmptyFolder } from '../workspace/materialise.ts'
import { planUpdate, type UpdatePlan } from '../workspace/update.ts'
import { type Context, workspaceOf } from './context.ts'
import { copyOf, type Origin, originOf, solutionOf, starterOf, trackOfCopy } from './copy/origin.ts'
import { patchCopy } from './copy/patch.ts'
import { originFile, skipped, writeRecord } from './copy/places.ts'
import { recover } from './copy/recover.ts'
import type { Snapshot } from './copy/snapshots.ts'
import { withLabLock } from './lab-lock.ts'

export interface Updated {
  /** The copy before; undefined where no file had to change. */
  snapshot: Snapshot | undefined
  /** Files that follow the course now: replaced, added, removed. */
  replaced: string[]
  added: string[]
  removed: string[]
  /** Files that stay the learner's, and why. */
  kept: UpdatePlan['keep']
  /** The copy is from before there were records: every file that differs counts as the learner's. */
  unrecorded: boolean
}

/**
 * Number of files that the course changed since the copy was made or updated.
 * 0 where there is no copy, and where nothing is recorded of it.
 */
export async function filesBehind(context: Context, lab: Lab): Promise<number> {
  const dir = workspaceOf(context.root, lab)
  const origin = await originOf(context, lab)
  if (origin === undefined || (await isEmptyFolder(dir))) return 0
  const plan = await planOf(context, lab, origin, await read(dir, origin))
  return plan.replace.size + plan.add.size + plan.remove.length + plan.keep.length
}

/** What `lab status` and `lab start` say of it. */
export const behindSentence = (lab: Lab, files: number): string =>
  `The course changed ${files} ${files === 1 ? 'file' : 'files'} of ${lab.id} since you began. To bring in what you have not touched: npm run lab -- update ${lab.id} (files that you changed are kept and listed; a snapshot comes first).`

/** Brings the files that the learner has not touched to what the course has now, after a snapshot. */
export const update = (context: Context, lab: Lab): Promise<Updated> =>
  withLabLock(context, lab, 'update', async () => {
    await recover(context, lab)
    const dir = await copyOf(context, lab)
    const known = await originOf(context, lab)
    const origin: Origin = known ?? {
      schema: 1,
      lab: lab.id,
      track: await trackOfCopy(context, lab),
      state: 'starter',
      time: '',
      files: {},
    }
    const plan = await planOf(context, lab, origin, await read(dir, origin))
    const next: Origin = { ...origin, time: new Date().toISOString(), files: plan.sources }
    const names = { replaced: [...plan.replace.keys()], added: [...plan.add.keys()], removed: plan.remove }
    if (names.replaced.length + names.added.length + names.removed.length === 0) {
      await writeRecord(originFile(context, lab), next)
      return { snapshot: undefined, ...names, kept: plan.keep, unrecorded: known === undefined }
    }
    const write = new Map([...plan.replace, ...plan.add])
    const { snapshot, done, left } = await patchCopy(context, lab, {
      what: 'update',
      write,
      remove: plan.remove,
      origin: next,
    })
    const carried = (list: string[]) => list.filter((name) => done.includes(name)).sort()
    return {
      snapshot,
      replaced: carried(names.replaced),
      added: carried(names.added),
      removed: carried(names.removed),
      kept: [...plan.keep, ...left.map((name) => ({ path: name, why: 'you changed it' as const }))],
      unrecorded: known === undefined,
    }
  })

/** A file that the course gave is looked at, whatever it is called. */
const read = (dir: string, origin: Origin): Promise<CopyTree> =>
  readCopy(dir, (name) => skipped(name) && !(name in origin.files))

async function planOf(context: Context, lab: Lab, origin: Origin, mine: CopyTree): Promise<UpdatePlan> {
  // Built only where something follows it: a track may have a starter and no solution yet.
  const solved = origin.state === 'solution' || Object.values(origin.files).some((file) => file.state === 'solution')
  const [starter, solution] = await Promise.all([
    starterOf(context, lab, origin.track),
    solved ? solutionOf(context, lab, origin.track) : new Map(),
  ])
  return planUpdate(origin.files, { starter, solution }, origin.state, mine)
}
