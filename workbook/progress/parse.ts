/** From text to progress. A text can be good, of a newer workbook, or unreadable; never an exception. */
import { migrate } from './migrate.ts'
import { PROGRESS_SCHEMA, type Progress, progressSchema } from './schema.ts'

export type Parsed =
  | { kind: 'good'; progress: Progress }
  | { kind: 'newer'; schema: number }
  /** `why` goes into a sentence: "it is no JSON". */
  | { kind: 'bad'; why: string }

export function parseProgress(text: string): Parsed {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    return { kind: 'bad', why: text.trim() === '' ? 'it is empty' : 'it is no whole JSON document' }
  }
  if (typeof document !== 'object' || document === null || !('schema' in document))
    return { kind: 'bad', why: 'it is no progress file: it has no "schema"' }
  const { schema } = document
  if (typeof schema !== 'number' || !Number.isInteger(schema) || schema < 0)
    return { kind: 'bad', why: 'its "schema" is no version number' }
  if (schema > PROGRESS_SCHEMA) return { kind: 'newer', schema }
  try {
    const result = progressSchema.safeParse(migrate(document as Record<string, unknown>, PROGRESS_SCHEMA))
    if (result.success) return { kind: 'good', progress: result.data }
    const [issue] = result.error.issues
    return { kind: 'bad', why: `${issue?.path.join('.') || 'the document'}: ${issue?.message ?? 'wrong shape'}` }
  } catch (error) {
    return { kind: 'bad', why: (error as Error).message }
  }
}

/** The text of the file. */
export const progressText = (progress: Progress): string => `${JSON.stringify(progress, null, 2)}\n`
