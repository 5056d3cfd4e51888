/** A draft: files that a person changed in a page. It is taken into the learner's copy after a snapshot, and nowhere else. */
import { readFile } from 'node:fs/promises'
import * as z from 'zod'
import type { Lab } from '../catalog/index.ts'
import { isChangedInPage } from '../catalog/page-files.ts'
import { readCopy } from '../workspace/copy.ts'
import type { Tree } from '../workspace/materialise.ts'
import type { Context } from './context.ts'
import { copyOf, originOf, trackOfCopy } from './copy/origin.ts'
import { patchCopy } from './copy/patch.ts'
import { skipped } from './copy/places.ts'
import { recover } from './copy/recover.ts'
import type { Snapshot } from './copy/snapshots.ts'
import { withLabLock } from './lab-lock.ts'
import { UsageError } from './usage.ts'

/** Programs in a page are those of this track: its language is the browser's. */
const TRACK = 'express'

/** Bytes of a draft's file on disk: the files of a lab that a page can change are a tenth of it. */
const FILE_LIMIT = 2_000_000

/** What a page exports. */
export const draftSchema = z.strictObject({
  /** Version of this form. */
  workbook: z.literal(1),
  lab: z.string().min(1).max(20),
  /** Text by path from the top of the copy: changed and new files alone. */
  files: z
    .record(z.string(), z.string().max(1_000_000))
    .refine((files) => Object.keys(files).length <= 200, 'a draft has 200 files at most'),
})
export type Draft = z.infer<typeof draftSchema>

export interface Imported {
  /** The copy before; undefined where nothing differed. */
  snapshot: Snapshot | undefined
  /** Files that were written, sorted. */
  changed: string[]
  /** Files that are not as in the draft, because they are links, or were saved in this very moment. */
  left: string[]
}

/**
 * Writes the files of a draft into the copy, after a snapshot. Other files are not touched, and what the course knows of the copy stays: against the
 * starter these files count as changed by hand.
 * @throws UsageError where the draft is of another lab or track, or names a file that no page can change
 */
export const importDraft = (context: Context, lab: Lab, draft: Draft): Promise<Imported> =>
  withLabLock(context, lab, 'import-draft', async () => {
    const files = filesOf(lab, draft)
    await recover(context, lab)
    const dir = await copyOf(context, lab)
    const track = await trackOfCopy(context, lab)
    if (track !== TRACK)
      throw new UsageError(`Drafts of pages are of the track ${TRACK}, and your copy of ${lab.id} is of ${track}.`)
    const mine = await readCopy(dir, (name) => skipped(name) && !files.has(name))
    const write: Tree = new Map()
    for (const [name, content] of files) {
      const own = mine.files.get(name)
      if (own?.content.equals(content) !== true) write.set(name, { content, executable: own?.executable ?? false })
    }
    if (write.size === 0) return { snapshot: undefined, changed: [], left: [] }
    const origin = (await originOf(context, lab)) ?? null
    const { snapshot, done, left } = await patchCopy(context, lab, { what: 'draft', write, remove: [], origin })
    return { snapshot, changed: done.sort(), left: left.sort() }
  })

function filesOf(lab: Lab, draft: Draft): Map<string, Buffer> {
  if (draft.lab !== lab.id) throw new UsageError(`This is a draft of ${draft.lab}, not of ${lab.id}.`)
  const strange = Object.keys(draft.files).find((name) => !isChangedInPage(name))
  if (strange !== undefined)
    throw new UsageError(
      `The draft names "${strange}", which no page can change. It holds files below api/src, migrations and data, and course.json.`,
    )
  return new Map(Object.entries(draft.files).map(([name, text]) => [name, Buffer.from(text, 'utf8')]))
}

/** Reads a draft that a page exported. @throws UsageError with the file's name and what is wrong with it */
export async function readDraft(file: string): Promise<Draft> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(
      error.code === 'ENOENT' ? `There is no file ${file}.` : `${file} cannot be read: ${error.code}.`,
    )
  })
  if (text.length > FILE_LIMIT) throw new UsageError(`${file} is too large for a draft.`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new UsageError(`${file} is no JSON: ${(error as Error).message}`)
  }
  const draft = draftSchema.safeParse(value)
  if (!draft.success) throw new UsageError(`${file} is no draft of a page: ${z.prettifyError(draft.error)}`)
  return draft.data
}
