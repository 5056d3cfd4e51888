/** Snapshots on disk: a folder with the files, and beside it a record of when and why. */
import { constants, existsSync } from 'node:fs'
import { cp, lstat, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import type { Lab, Track } from '../../catalog/index.ts'
import { filesOf, readJson } from '../../stack/files.ts'
import { type Context, workspaceOf } from '../context.ts'
import { type Origin, originOf, trackOfCopy } from './origin.ts'
import { installs, snapshotsOf, unwritten, writeRecord } from './places.ts'

/** Why a snapshot was taken. `hand`: a person asked for it. `repair`: a folder stood where an interrupted command had to put one. */
export type Reason = 'reset' | 'solve' | 'restore' | 'track' | 'update' | 'draft' | 'hand' | 'repair'

export interface Snapshot {
  /** Name of its folder: the time, with `-` for `:`. */
  name: string
  /** ISO 8601. */
  time: string
  /** `unknown`: taken before there were records. */
  reason: Reason | 'unknown'
  note?: string
  track?: Track
  /** Number and bytes of the files that a person wrote. */
  files: number
  bytes: number
}

interface SnapshotRecord extends Snapshot {
  schema: 1
  /** Where the files came from, so that a restored copy can be updated too. */
  origin: Origin | null
}

const recordFile = (folder: string, name: string) => path.join(folder, `${name}.json`)
const PARTIAL = '.partial-'

/** All snapshots, oldest first. */
export async function listSnapshots(context: Context, lab: Lab): Promise<Snapshot[]> {
  const folder = snapshotsOf(context, lab)
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const names = entries.filter((e) => !e.isFile() && !e.name.startsWith('.')).map((e) => e.name)
  return Promise.all(names.sort().map((name) => shownOf(folder, name)))
}

async function shownOf(folder: string, name: string): Promise<Snapshot> {
  const record = await readJson<SnapshotRecord>(recordFile(folder, name))
  if (record?.schema === 1) {
    const { schema: _schema, origin: _origin, ...shown } = record
    return shown
  }
  const time = name.slice(0, 23).replace(/T(\d\d)-(\d\d)-/, 'T$1:$2:')
  return { name, time: `${time}Z`, reason: 'unknown', ...(await sizeOf(path.join(folder, name))) }
}

/** Where the files of a snapshot came from. */
export async function originOfSnapshot(context: Context, lab: Lab, name: string): Promise<Origin | null> {
  return (await readJson<SnapshotRecord>(recordFile(snapshotsOf(context, lab), name)))?.origin ?? null
}

async function sizeOf(dir: string): Promise<{ files: number; bytes: number }> {
  const sizes = await Promise.all((await filesOf(dir)).map(async (file) => (await stat(path.join(dir, file))).size))
  return { files: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) }
}

/** Writes the record of a snapshot that is about to be made of the copy. Without its folder a record is no snapshot. */
export async function announce(context: Context, lab: Lab, reason: Reason, note?: string): Promise<Snapshot> {
  const folder = snapshotsOf(context, lab)
  const time = new Date().toISOString()
  const stem = time.replaceAll(':', '-').slice(0, 23)
  let name = stem
  for (let n = 2; existsSync(path.join(folder, name)); n++) name = `${stem}-${n}`
  const snapshot: Snapshot = {
    name,
    time,
    reason,
    ...(note === undefined ? {} : { note }),
    track: await trackOfCopy(context, lab),
    ...(await sizeOf(workspaceOf(context.root, lab))),
  }
  const origin = (await originOf(context, lab)) ?? null
  await writeRecord(recordFile(folder, name), { schema: 1, ...snapshot, origin } satisfies SnapshotRecord)
  return snapshot
}

/** Moves the copy away, whole: one rename, so nothing of it can be lost or left out. */
export async function moveToSnapshot(context: Context, lab: Lab, name: string): Promise<void> {
  const folder = snapshotsOf(context, lab)
  await mkdir(folder, { recursive: true })
  await rename(workspaceOf(context.root, lab), path.join(folder, name))
}

/** Takes a snapshot and leaves the copy where it is. Installed packages are left out. */
export async function copyToSnapshot(context: Context, lab: Lab, reason: Reason, note?: string): Promise<Snapshot> {
  const snapshot = await announce(context, lab, reason, note)
  const folder = snapshotsOf(context, lab)
  const partial = path.join(folder, `${PARTIAL}${snapshot.name}`)
  context.step?.('snapshot')
  await copyFolder(workspaceOf(context.root, lab), partial, (name) => !installs(name))
  context.step?.('snapshot whole')
  await rename(partial, path.join(folder, snapshot.name))
  return snapshot
}

/** Files, folders and links as they are. What is none of them (a socket) cannot be copied and is left out. */
export async function copyFolder(from: string, to: string, wanted: (name: string) => boolean): Promise<void> {
  await cp(from, to, {
    recursive: true,
    verbatimSymlinks: true,
    preserveTimestamps: true,
    mode: constants.COPYFILE_FICLONE,
    filter: async (source) => {
      if (source !== from && !wanted(source)) return false
      const entry = await lstat(source)
      return entry.isFile() || entry.isDirectory() || entry.isSymbolicLink()
    },
  })
}

/** Removes what killed commands left half made: copies, and records without a folder. */
export async function clearPartial(context: Context, lab: Lab): Promise<void> {
  const folder = snapshotsOf(context, lab)
  const names = await readdir(folder).catch((): string[] => [])
  for (const name of names) {
    const lonely = name.endsWith('.json') && !names.includes(name.slice(0, -'.json'.length))
    if (name.startsWith(PARTIAL) || lonely || name.endsWith(unwritten('.json')))
      await rm(path.join(folder, name), { recursive: true, force: true })
  }
}
