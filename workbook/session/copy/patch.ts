/** Replaces single files of a copy: the rest of it, a terminal that stands in it and a program that runs from it stay as they are. */
import { chmod, lstat, mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Lab } from '../../catalog/index.ts'
import { hashOf } from '../../workspace/copy.ts'
import type { Tree } from '../../workspace/materialise.ts'
import { type Context, workspaceOf } from '../context.ts'
import { type Change, type Journal, writeJournal } from './journal.ts'
import type { Origin } from './origin.ts'
import { nextOf } from './places.ts'
import { copyToSnapshot, type Reason, type Snapshot } from './snapshots.ts'
import { closeSwap } from './swap.ts'

export interface Patch {
  what: Reason
  /** Content that each file gets. */
  write: Tree
  remove: string[]
  /** The record of the copy once every file is written; null where it has none. */
  origin: Origin | null
}

export interface Patched {
  snapshot: Snapshot
  done: string[]
  /** Files that were left alone: changed by somebody in these very moments, or no plain file inside the copy. */
  left: string[]
}

/** Takes a snapshot and then changes the files, each by one rename. */
export async function patchCopy(context: Context, lab: Lab, patch: Patch): Promise<Patched> {
  const dir = workspaceOf(context.root, lab)
  const names = [...patch.write.keys(), ...patch.remove]
  // Read before the snapshot is taken: a file that is saved later is not the one that the snapshot holds, and is left alone.
  const before = new Map(await Promise.all(names.map(async (name) => [name, await look(dir, name)] as const)))
  const snapshot = await copyToSnapshot(context, lab, patch.what)
  const next = nextOf(context, lab)
  await rm(next, { recursive: true, force: true })
  context.step?.('prepare')
  for (const [name, { content, executable }] of patch.write) {
    const file = path.join(next, ...name.split('/'))
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, content, { mode: executable ? 0o755 : 0o644 })
  }
  const changes = names.flatMap((name): Change[] => {
    const [was, file] = [before.get(name), patch.write.get(name)]
    if (was === undefined || was === 'other') return []
    return [
      {
        path: name,
        ...(was === 'none' ? {} : { before: was.sha256 }),
        ...(file === undefined ? {} : { after: hashOf(file.content) }),
        executable: file?.executable ?? false,
      },
    ]
  })
  context.step?.('prepared')
  const journal: Journal = {
    schema: 1,
    kind: 'patch',
    what: patch.what,
    snapshot: snapshot.name,
    origin: patch.origin,
    changes,
  }
  await writeJournal(context, lab, journal)
  context.step?.('journal')
  const { done, left } = await applyChanges(context, lab, changes)
  await rm(next, { recursive: true, force: true })
  await closeSwap(context, lab, patch.origin)
  return { snapshot, done, left: [...left, ...names.filter((name) => before.get(name) === 'other')] }
}

/** Carries out the changes, or those of them that a killed command had not come to. A file that is neither as before nor as after is left. */
export async function applyChanges(
  context: Context,
  lab: Lab,
  changes: readonly Change[],
): Promise<{ done: string[]; left: string[] }> {
  const dir = workspaceOf(context.root, lab)
  const [done, left]: [string[], string[]] = [[], []]
  for (const change of changes) {
    context.step?.(`file ${change.path}`)
    ;((await applyOne(dir, nextOf(context, lab), change)) ? done : left).push(change.path)
  }
  return { done, left }
}

async function applyOne(dir: string, next: string, change: Change): Promise<boolean> {
  const now = await look(dir, change.path)
  if (now === 'other') return false
  const sha256 = now === 'none' ? undefined : now.sha256
  const target = path.join(dir, ...change.path.split('/'))
  if (sha256 === change.after) {
    if (now !== 'none' && now.executable !== change.executable) await chmod(target, change.executable ? 0o755 : 0o644)
    return true
  }
  if (sha256 !== change.before) return false
  try {
    if (change.after === undefined) await rm(target)
    else {
      await mkdir(path.dirname(target), { recursive: true })
      await rename(path.join(next, ...change.path.split('/')), target)
    }
    return true
  } catch (error) {
    // A folder where a file goes, or a file where a folder goes: the learner's own, and left.
    const code = (error as NodeJS.ErrnoException).code ?? ''
    if (['ENOENT', 'ENOTDIR', 'EEXIST', 'EISDIR'].includes(code)) return false
    throw error
  }
}

/** A plain file inside the copy, nothing at all, or something else: a link, a folder, a path that leads out of the copy. */
async function look(dir: string, name: string): Promise<'none' | 'other' | { sha256: string; executable: boolean }> {
  const target = path.join(dir, ...name.split('/'))
  if (!(await isInside(dir, path.dirname(target)))) return 'other'
  const stat = await lstat(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    if (error.code === 'ENOTDIR') return 'other' as const
    throw error
  })
  if (stat === undefined) return 'none'
  if (stat === 'other' || !stat.isFile()) return 'other'
  return { sha256: hashOf(await readFile(target)), executable: (stat.mode & 0o100) !== 0 }
}

/** Does the folder, or the nearest one above it that is there, lie in the copy with its links resolved? */
async function isInside(dir: string, folder: string): Promise<boolean> {
  const root = await realpath(dir)
  for (let at = folder; ; at = path.dirname(at)) {
    const real = await realpath(at).catch(() => undefined)
    if (real !== undefined) return real === root || real.startsWith(root + path.sep)
    if (at === dir) return false
  }
}
