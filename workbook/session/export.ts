import type { Lab, Track } from '../catalog/index.ts'
import { buildState, isEmptyFolder, writeTree } from '../workspace/materialise.ts'
import { parseState } from '../workspace/states.ts'
import type { Context } from './context.ts'
import { needTrack } from './copy/origin.ts'
import { UsageError } from './usage.ts'

/** Writes any state of a lab into an empty folder, as a self-contained workspace. Gives the number of files. */
export async function exportLab(
  context: Context,
  lab: Lab,
  state: string,
  track: Track | undefined,
  to: string,
): Promise<number> {
  if (!(await isEmptyFolder(to)))
    throw new UsageError(`${to} is not empty. Name a folder that is empty or not there yet.`)
  const chosen = needTrack(lab, track ?? lab.tracks[0] ?? 'express')
  const tree = await buildState(context.root, lab, await parseState(context.root, lab, state), chosen)
  await writeTree(tree, to)
  return tree.size
}
