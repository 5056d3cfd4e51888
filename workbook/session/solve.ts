/** The reference solution, laid over the learner's copy: all of it, or file by file. */
import { CatalogError, didYouMean, type Lab } from '../catalog/index.ts'
import type { Transport } from '../stack/types.ts'
import { hashOf, readCopy } from '../workspace/copy.ts'
import type { Tree } from '../workspace/materialise.ts'
import type { Context } from './context.ts'
import { copyOf, type Origin, originOf, solutionOf, starterOf, trackOfCopy } from './copy/origin.ts'
import { patchCopy } from './copy/patch.ts'
import { skipped } from './copy/places.ts'
import { recover } from './copy/recover.ts'
import type { Snapshot } from './copy/snapshots.ts'
import { withLabLock } from './lab-lock.ts'
import { statusOf } from './labs.ts'
import { UsageError } from './usage.ts'

export interface Solved {
  /** The copy before; undefined where nothing differed. */
  snapshot: Snapshot | undefined
  /** Files that were written or removed, sorted. */
  changed: string[]
  /** Files that are not as in the solution still, because they are links, or were saved in this very moment. */
  left: string[]
  /** What runs from the copy, and has not taken the files up yet. */
  running: { transport: Transport; byHand: boolean } | undefined
}

/**
 * Makes files of the copy those of the reference solution of its track, after a snapshot. Files that are the same are not touched. Files that the
 * solution does not have stay, unless the starter has them and the solution took them away.
 * @param options.files paths in the copy, with `/`; all where undefined
 * @throws UsageError for a file that the solution neither has nor takes away
 */
export const solve = (
  context: Context,
  lab: Lab,
  options: { files?: readonly string[] | undefined },
): Promise<Solved> =>
  withLabLock(context, lab, 'solve', async () => {
    await recover(context, lab)
    const dir = await copyOf(context, lab)
    const track = await trackOfCopy(context, lab)
    const [starter, solution] = await Promise.all([starterOf(context, lab, track), solutionOf(context, lab, track)])
    const gone = [...starter.keys()].filter((name) => !solution.has(name))
    const wanted = select([...solution.keys(), ...gone], options.files)
    const mine = await readCopy(dir, (name) => skipped(name) && !solution.has(name))
    const write: Tree = new Map()
    for (const [name, file] of solution) {
      const own = mine.files.get(name)
      const same = own?.content.equals(file.content) === true && own.executable === file.executable
      if (wanted.has(name) && !same) write.set(name, file)
    }
    const remove = gone.filter((name) => wanted.has(name) && (mine.files.has(name) || mine.others.has(name)))
    const running = await runningOf(context, lab)
    if (write.size === 0 && remove.length === 0) return { snapshot: undefined, changed: [], left: [], running }
    const origin = solvedOrigin(await originOf(context, lab), { lab, track, starter, solution, wanted, gone })
    const { snapshot, done, left } = await patchCopy(context, lab, { what: 'solve', write, remove, origin })
    return { snapshot, changed: done.sort(), left: left.sort(), running }
  })

async function runningOf(context: Context, lab: Lab): Promise<Solved['running']> {
  // A course.json that cannot be read is among the things that the solution mends.
  const status = await statusOf(context, lab).catch((error: unknown) => {
    if (error instanceof CatalogError) return undefined
    throw error
  })
  if (status?.transport === undefined) return undefined
  return { transport: status.transport, byHand: status.origin === undefined }
}

function select(known: string[], files: readonly string[] | undefined): Set<string> {
  if (files === undefined) return new Set(known)
  for (const name of files) {
    if (known.includes(name)) continue
    const near = didYouMean(name, known)
    throw new UsageError(
      `The solution has no file "${name}".${near ? ` Did you mean ${near}?` : ''} Its files, from the top of your copy: npm run lab -- diff --between mine-solution`,
    )
  }
  return new Set(files)
}

interface Parts {
  lab: Lab
  track: Origin['track']
  starter: Tree
  solution: Tree
  wanted: Set<string>
  gone: string[]
}

/** The record with the solved files as files of the solution: an update then follows the solution for them. */
function solvedOrigin(origin: Origin | undefined, parts: Parts): Origin {
  const { lab, track, solution, wanted, gone } = parts
  const whole = wanted.size === solution.size + gone.length
  const files = { ...origin?.files }
  for (const name of gone) if (wanted.has(name)) delete files[name]
  for (const [name, file] of solution)
    if (wanted.has(name)) files[name] = { sha256: hashOf(file.content), state: 'solution' }
  return {
    schema: 1,
    lab: lab.id,
    track,
    state: whole ? 'solution' : (origin?.state ?? 'starter'),
    time: origin?.time ?? new Date().toISOString(),
    files,
  }
}
