/** What a page may ask for, as it comes in: checked before anything looks at it. */
import * as z from 'zod'
import { trackSchema } from '../../catalog/index.ts'
import { pairs } from '../diff.ts'

export { draftSchema } from '../draft.ts'

const checkId = z.string().regex(/^C\d{2}h?$/, 'an id of a check such as C04')
const seed = z.string().regex(/^[0-9a-z]{1,16}$/)
/** A path in the copy, as the comparison names it; what is no file of the solution is refused where it is used. */
const file = z.string().min(1).max(400)
const runtime = z.enum(['container', 'process'])

/** An act on a lab. */
export const actSchema = z.discriminatedUnion('act', [
  z.strictObject({ act: z.literal('start'), runtime: runtime.optional(), track: trackSchema.optional() }),
  z.strictObject({ act: z.literal('stop') }),
  z.strictObject({ act: z.literal('solve'), files: z.array(file).max(200).optional() }),
  z.strictObject({ act: z.literal('restore'), name: z.string().max(80) }),
  z.strictObject({ act: z.literal('update') }),
  z.strictObject({ act: z.literal('reset'), track: trackSchema.optional() }),
  z.strictObject({
    act: z.literal('check'),
    checks: z.array(checkId).max(60).optional(),
    runtime: runtime.optional(),
    seed: seed.optional(),
  }),
  z.strictObject({
    act: z.literal('watch'),
    checks: z.array(checkId).max(60).optional(),
    runtime: runtime.optional(),
    manual: z.boolean().optional(),
  }),
])
export type ActRequest = z.infer<typeof actSchema>

export const askSchema = z.strictObject({ why: z.enum(['all', 'failure']) })
export const hintSchema = z.strictObject({ check: checkId })
export const openSchema = z.strictObject({
  file,
  line: z.int().min(1).max(1_000_000).optional(),
  column: z.int().min(1).max(10_000).optional(),
})
export const snapshotSchema = z.strictObject({ note: z.string().trim().min(1).max(200).optional() })
/** Words of an address, after the question mark. */
export const diffSchema = z.strictObject({ between: z.enum(pairs), file: file.optional() })
/** The path of a page, as its address: `/01-authentication/02-passwords-now/`. What is no page is refused where it is looked up. */
const page = z.string().min(1).max(200)
export const quizSchema = z.strictObject({ id: z.string().min(1).max(100), choice: z.int().min(0).max(20) })
export const seenSchema = z.strictObject({ path: page, heading: z.string().min(1).max(200).optional() })
export const doneSchema = z.strictObject({ path: page, done: z.boolean() })
