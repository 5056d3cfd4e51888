/** Where a copy's snapshots and records lie: beside it in `workspace/`, so that a rename moves files between them. */
import { mkdir, open, rename } from 'node:fs/promises'
import path from 'node:path'
import type { Lab } from '../../catalog/index.ts'
import { madeFolders } from '../../stack/files.ts'
import type { Context } from '../context.ts'

/** The snapshots of a lab: `<name>/` with the files, `<name>.json` with what is known of them. */
export const snapshotsOf = (context: Context, lab: Lab) =>
  path.join(context.root, 'workspace', '.snapshots', lab.folder)

/** Records of the copy of a lab, outside the learner's tree. */
const metaOf = (context: Context, lab: Lab) => path.join(context.root, 'workspace', '.meta', lab.folder)
export const originFile = (context: Context, lab: Lab) => path.join(metaOf(context, lab), 'origin.json')
export const journalFile = (context: Context, lab: Lab) => path.join(metaOf(context, lab), 'journal.json')
/** Where the next files of the copy are prepared. */
export const nextOf = (context: Context, lab: Lab) => path.join(metaOf(context, lab), 'next')

/** Where a record is before it is whole. The holder of the lock alone writes records, so that one name is enough. */
export const unwritten = (file: string) => `${file}.new`

/** Writes JSON whole or not at all, and on the disk before anything that comes after it. */
export async function writeRecord(file: string, value: unknown): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true })
  const next = unwritten(file)
  const handle = await open(next, 'w')
  try {
    await handle.writeFile(`${JSON.stringify(value, null, 2)}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(next, file)
}

const made = (name: string) => madeFolders.has(path.posix.basename(name))

/** Left out of comparisons: what is installed, built or logged, and what may hold secrets of the learner. */
export function skipped(name: string): boolean {
  const base = path.posix.basename(name)
  return made(name) || base === 'dist' || base === '.DS_Store' || /^\.env(\.|$)/.test(base) || base.endsWith('.log')
}

const installed = new Set(['node_modules', '.venv', '__pycache__'])

/** Left out when a snapshot is made by copying: packages, which are installed again. History, built files and `.env` are kept. */
export const installs = (name: string): boolean => installed.has(path.basename(name))
