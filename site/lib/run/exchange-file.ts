/** Drafts as a file: `{ "workbook": 1, "lab": "L03", "files": { … } }`, as `npm run lab -- import-draft` reads it. */
import type { Files } from './subject.ts'

/** The local server takes no longer request, bytes. */
const BODY_LIMIT = 64 * 1024

export const exportText = (id: string, files: Files): string =>
  `${JSON.stringify({ workbook: 1, lab: id, files }, null, 2)}\n`

/** Whether the local server takes these files in one request. */
export const fitsRequest = (id: string, files: Files): boolean =>
  new TextEncoder().encode(JSON.stringify({ workbook: 1, lab: id, files })).length <= BODY_LIMIT

/**
 * Reads an exported file.
 * @param editable whether the page may change a path
 * @throws an Error whose message is a sentence for people
 */
export function importText(text: string, id: string, editable: (path: string) => boolean): Files {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Error('This file is no draft: it is not JSON.')
  }
  const { workbook, lab, files } = (value ?? {}) as { workbook?: unknown; lab?: unknown; files?: unknown }
  if (workbook !== 1 || typeof lab !== 'string' || typeof files !== 'object' || files === null)
    throw new Error('This file is no draft of this course.')
  if (lab !== id) throw new Error(`This is a draft of ${lab}, not of ${id}.`)
  const entries = Object.entries(files)
  const strange = entries.find(([path, content]) => typeof content !== 'string' || !editable(path))
  if (strange !== undefined) throw new Error(`The draft names ${strange[0]}, which cannot be changed here.`)
  return Object.fromEntries(entries) as Files
}
