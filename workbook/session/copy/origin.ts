/** What the course was when a copy was made from it: one record for each copy, with a hash for each file. */
import { type Lab, type Track, trackSchema } from '../../catalog/index.ts'
import { courseOf } from '../../stack/course.ts'
import { readJson } from '../../stack/files.ts'
import { hashesOf } from '../../workspace/copy.ts'
import { buildState, isEmptyFolder, type Tree } from '../../workspace/materialise.ts'
import type { Source } from '../../workspace/update.ts'
import { type Context, workspaceOf } from '../context.ts'
import { UsageError } from '../usage.ts'
import { originFile } from './places.ts'

export interface Origin {
  schema: 1
  lab: string
  track: Track
  /** The state that the copy follows as a whole: its new files come with an update. */
  state: 'starter' | 'solution'
  /** When the copy was made or last brought up to the course, ISO 8601. */
  time: string
  /** Each file that came from the course, by path. */
  files: Record<string, Source>
}

/** The record of a copy; undefined for one that was made before there were records. */
export async function originOf(context: Context, lab: Lab): Promise<Origin | undefined> {
  const origin = await readJson<Origin>(originFile(context, lab))
  return origin?.schema === 1 ? origin : undefined
}

/** The record of a copy that is a state, whole. */
export function originFrom(lab: Lab, track: Track, state: 'starter' | 'solution', tree: Tree): Origin {
  const files = Object.fromEntries(Object.entries(hashesOf(tree)).map(([name, sha256]) => [name, { sha256, state }]))
  return { schema: 1, lab: lab.id, track, state, time: new Date().toISOString(), files }
}

/** The folder of a copy that is there. */
export async function copyOf(context: Context, lab: Lab): Promise<string> {
  const dir = workspaceOf(context.root, lab)
  if (await isEmptyFolder(dir))
    throw new UsageError(
      `You have no copy of ${lab.id} yet. Make one: npm run lab -- start ${lab.id}, or bring a snapshot back: npm run lab -- snapshots ${lab.id}`,
    )
  return dir
}

/** The track of a copy: what its course.json says, else what it was made of, else the lab's first. */
export async function trackOfCopy(context: Context, lab: Lab): Promise<Track> {
  const course = await courseOf(workspaceOf(context.root, lab)).catch(() => undefined)
  const said = trackSchema.safeParse(course?.track)
  const known = [said.success ? said.data : undefined, (await originOf(context, lab))?.track]
  return known.find((t) => t !== undefined && lab.tracks.includes(t)) ?? lab.tracks[0] ?? 'express'
}

/** A track that the lab has. */
export function needTrack(lab: Lab, track: Track): Track {
  if (lab.tracks.includes(track)) return track
  throw new UsageError(`${lab.id} has no track ${track} yet. It has: ${lab.tracks.join(', ')}.`)
}

export const starterOf = (context: Context, lab: Lab, track: Track) =>
  buildState(context.root, lab, { kind: 'starter' }, track)
export const solutionOf = (context: Context, lab: Lab, track: Track) =>
  buildState(context.root, lab, { kind: 'solution' }, track)
