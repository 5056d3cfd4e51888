/**
 * The shape of `workspace/progress.json`: what a learner has read, run and answered. Objects are open, so that a field of a
 * later workbook outlives a visit of an older one; what changes its meaning or goes raises `PROGRESS_SCHEMA` and gets a migration.
 */
import * as z from 'zod'

/** Version of the shape. */
export const PROGRESS_SCHEMA = 1

const time = z.iso.datetime().describe('UTC, as 2026-11-22T10:15:00.000Z.')
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in hex')
const lessonPath = z.string().regex(/^\/[a-z0-9-]+\/[a-z0-9-]+\/$/, 'the path of a page')
const labId = z.string().regex(/^L\d{2}$/, 'a lab id')
const checkId = z.string().regex(/^[CX]\d{2}h?$/, 'a check id')
const quizId = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'a quiz id')
const heading = z
  .string()
  .max(200)
  .describe('Anchor of the heading that was on screen last, without the #: where to continue.')

export const evidenceSchema = z.looseObject({
  workspace: sha256.describe('Over the files of the learner’s copy that ran.'),
  lab: sha256.describe('Over the files of the lab: contract, starter, checks.'),
  grader: sha256.describe('Over the engine of the grader and the checks of the lab.'),
  transport: z.enum(['container', 'process']),
  track: z.string(),
  seed: z.string().describe('`--seed` with it draws the same values again.'),
})
/** What a verdict was given on: three digests tell later whether it still speaks of the files that are there. */
export type Evidence = z.infer<typeof evidenceSchema>

export const lessonRecordSchema = z.looseObject({
  firstSeen: time,
  lastSeen: time,
  doneAt: time.exactOptional().describe('When it was marked as read.'),
  heading: heading.exactOptional(),
})
export type LessonRecord = z.infer<typeof lessonRecordSchema>

export const checkRecordSchema = z.looseObject({
  verdict: z.enum(['pass', 'fail', 'blocked', 'unstable']).describe('Of the last run that could tell.'),
  at: time.describe('When that run ended.'),
  evidence: evidenceSchema.describe('Of that run.'),
  firstPassedAt: time.exactOptional(),
  passed: z
    .looseObject({ at: time, evidence: evidenceSchema })
    .exactOptional()
    .describe('The newest pass. It stays when a later run fails: it passed then, on those files.'),
})
export type CheckRecord = z.infer<typeof checkRecordSchema>

export const labRecordSchema = z.looseObject({
  openedAt: time.exactOptional().describe('When the learner’s copy was first started.'),
  lastRunAt: time.exactOptional(),
  completedAt: time.exactOptional().describe('When one whole run first passed all core checks.'),
  checks: z.record(checkId, checkRecordSchema),
})
export type LabRecord = z.infer<typeof labRecordSchema>

export const quizRecordSchema = z.looseObject({
  answers: z
    .array(
      z.looseObject({
        choice: z.int().min(0).describe('Number of the option, from 0.'),
        correct: z.boolean(),
        at: time,
      }),
    )
    .describe('Oldest first; judged by the options as they were then.'),
  correctAt: time.exactOptional().describe('When it was first answered rightly.'),
})
export type QuizRecord = z.infer<typeof quizRecordSchema>

export const progressSchema = z.looseObject({
  schema: z.literal(PROGRESS_SCHEMA).describe('Version of this shape.'),
  lessons: z.record(lessonPath, lessonRecordSchema).describe('By the path of the page.'),
  labs: z.record(labId, labRecordSchema).describe('By the id of the lab.'),
  quizzes: z.record(quizId, quizRecordSchema).describe('By the id of the quiz.'),
  last: z
    .looseObject({ path: lessonPath.exactOptional(), lab: labId.exactOptional(), at: time })
    .exactOptional()
    .describe('What was worked on last: a page by its path, or a lab by its id.'),
})
export type Progress = z.infer<typeof progressSchema>

export const emptyProgress = (): Progress => ({ schema: PROGRESS_SCHEMA, lessons: {}, labs: {}, quizzes: {} })
