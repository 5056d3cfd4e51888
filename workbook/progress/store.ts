/**
 * The progress file on disk. Reading needs no lock, since a file is replaced whole. A change is read, made and written under one,
 * so that a command and the server never lose each other's. The version before the last change is kept; a file that
 * cannot be read is set aside and never deleted; one of a newer workbook is refused.
 */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { EnvironmentTrouble } from '../stack/types.ts'
import { keepAs, writeDurable } from './disk.ts'
import { unwritable, withLock } from './lock.ts'
import { type Parsed, parseProgress, progressText } from './parse.ts'
import { emptyProgress, PROGRESS_SCHEMA, type Progress } from './schema.ts'

export interface Loaded {
  progress: Progress
  /** What the person should know: a file that could not be read, and what was used instead. */
  notes: string[]
}

/** The version before the last change. */
export const backupOf = (file: string) => file.replace(/\.json$/, '.backup.json')
const lockOf = (file: string) => file.replace(/\.json$/, '.lock')

/**
 * @param file `…/progress.json`; where there is none, progress is empty
 * @throws EnvironmentTrouble for a file of a newer workbook, or one that may not be read
 */
export async function readProgress(file: string): Promise<Loaded> {
  const { progress, notes } = await load(file)
  return { progress, notes }
}

/**
 * Changes the file. When it returns, the change is on the disk.
 * @param change pure; what it gives is written where it differs
 * @param options.keep a name under which the progress before the change stays for good
 * @throws EnvironmentTrouble as `readProgress`, and where the folder cannot be written. Then nothing is changed
 */
export async function updateProgress(
  file: string,
  change: (progress: Progress) => Progress,
  options: { keep?: string } = {},
): Promise<Loaded> {
  return withLock(lockOf(file), async () => {
    const found = await load(file)
    const progress = change(found.progress)
    const notes = [...found.notes]
    if (found.main === 'good' && isDeepStrictEqual(progress, found.progress)) return { progress, notes }
    try {
      for (const bad of found.unreadable) notes.push(await setAside(bad))
      if (found.source !== undefined && options.keep !== undefined) await keepAs(found.source, options.keep)
      await writeDurable(file, progressText(progress), async () => {
        if (found.main === 'good') await keepAs(file, backupOf(file))
      })
    } catch (error) {
      throw (error as NodeJS.ErrnoException).code === undefined ? error : await unwritable(file, error)
    }
    return { progress, notes }
  })
}

interface Found extends Loaded {
  main: 'good' | 'bad' | 'missing'
  /** The file that the progress comes from. */
  source: string | undefined
  unreadable: string[]
}

async function load(file: string): Promise<Found> {
  const backup = backupOf(file)
  const main = await parsedFile(file)
  if (main?.kind === 'good') return { progress: main.progress, notes: [], main: 'good', source: file, unreadable: [] }
  const before = await parsedFile(backup)
  const unreadable = [main?.kind === 'bad' ? file : '', before?.kind === 'bad' ? backup : ''].filter((f) => f !== '')
  const state = main === undefined ? 'missing' : 'bad'
  const said =
    main?.kind === 'bad'
      ? `${path.basename(file)} cannot be read (${main.why})`
      : `${path.basename(file)} is gone, and ${path.basename(backup)} is there`
  if (before?.kind === 'good')
    return {
      progress: before.progress,
      notes: [`${said}: your progress comes from ${path.basename(backup)}, the version before the last change.`],
      main: state,
      source: backup,
      unreadable,
    }
  const notes =
    unreadable.length === 0 ? [] : [`${said}, and there is no version before it: your progress begins anew.`]
  return { progress: emptyProgress(), notes, main: state, source: undefined, unreadable }
}

/** Undefined: no such file. @throws EnvironmentTrouble */
async function parsedFile(file: string): Promise<Exclude<Parsed, { kind: 'newer' }> | undefined> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new EnvironmentTrouble(
      `${path.basename(file)} cannot be opened (${code}).`,
      'See to it that it is a file that you may read.',
    )
  }
  const parsed = parseProgress(text)
  if (parsed.kind !== 'newer') return parsed
  throw new EnvironmentTrouble(
    `${path.basename(file)} was written by a newer workbook (schema ${parsed.schema}; this one knows ${PROGRESS_SCHEMA}). It was left as it is.`,
    'Update this copy of the workbook (git pull), or work in the one that wrote the file.',
  )
}

/** Gives an unreadable file a name under which it stays. */
async function setAside(file: string): Promise<string> {
  const stamp = new Date().toISOString().replaceAll(':', '-')
  const name = file.replace(/\.json$/, `.unreadable-${stamp}.json`)
  await keepAs(file, name)
  return `What ${path.basename(file)} held is kept as ${path.basename(name)}.`
}
