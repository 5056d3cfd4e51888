/**
 * The shape of everything an instructor or a learner writes as data. The description of a field is its documentation: it goes
 * into the JSON Schema that editors show, and into error messages.
 */
import * as z from 'zod'
import { didYouMean } from './problem.ts'

const text = z.string().trim().min(1)
const date = z.string().regex(/^\d{4}(-\d{2}(-\d{2})?)?$/, 'a date as YYYY, YYYY-MM or YYYY-MM-DD')
const day = z.preprocess(
  (value) => (value instanceof Date ? value.toISOString().slice(0, 10) : value),
  z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'a date as YYYY-MM-DD'),
)
const labId = z.string().regex(/^L\d{2}$/, 'a lab id such as L01')
const slug = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'lower-case words joined by hyphens')

/** Backend stacks that a lab can ship. */
export const trackSchema = z.enum(['express', 'fastapi'])
export type Track = z.infer<typeof trackSchema>

export const sourceSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]*$/, 'lower-case letters, digits, dots and hyphens')
    .describe('Short name by which clauses and lessons cite the source.'),
  title: text.describe('Title with the section that is meant.'),
  url: z.url().describe('Where it can be read.'),
  date: z
    .preprocess((v) => (typeof v === 'number' ? String(v) : v instanceof Date ? v.toISOString().slice(0, 10) : v), date)
    .describe('Date of the edition that was read.'),
})
export type Source = z.infer<typeof sourceSchema>

export const clauseSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z]+\.\d+$/, 'a clause id such as login.2')
    .describe('Group and number; checks cite it and it never changes its meaning.'),
  text: text.describe('What the learner’s system must do. Markdown code spans are allowed.'),
  sources: z.array(text).default([]).describe('Ids of the sources that say so.'),
})
export type Clause = z.infer<typeof clauseSchema>

export const settingsSchema = z.strictObject({
  about: text,
  env: z
    .record(z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'an environment variable name'), z.string())
    .describe('Environment that the grader owns while it runs.'),
  blocklist: z
    .enum(['random', 'shipped'])
    .default('shipped')
    .describe('`random`: a blocklist drawn anew for each start of the stack.'),
  keys: z
    .boolean()
    .default(false)
    .describe('A folder of RSA keys made anew for each start of the stack; `JWT_KEYS_DIR` names it.'),
})
export type Settings = z.infer<typeof settingsSchema>

export const capabilitySchema = z.enum([
  'http',
  'page',
  'sql',
  'redis',
  'logs',
  'given',
  'gate',
  'keys',
  'attacker',
  'stack',
])
/** What a check may use of the running system. */
export type Capability = z.infer<typeof capabilitySchema>

/** Clause and source ids are unique, and every cited source is listed. */
function citations(
  lab: { contract: Clause[]; sources: Source[] },
  context: { addIssue(issue: { code: 'custom'; path: (string | number)[]; message: string; params?: object }): void },
): void {
  const sources = lab.sources.map((s) => s.id)
  const once = (list: { id: string }[], name: string) =>
    list.forEach(({ id }, i) => {
      if (list.findIndex((other) => other.id === id) < i)
        context.addIssue({ code: 'custom', path: [name, i, 'id'], message: 'an id that no other entry has' })
    })
  once(lab.contract, 'contract')
  once(lab.sources, 'sources')
  lab.contract.forEach((clause, i) => {
    clause.sources.forEach((id, k) => {
      if (sources.includes(id)) return
      const suggestion = didYouMean(id, sources)
      context.addIssue({
        code: 'custom',
        path: ['contract', i, 'sources', k],
        message: 'the id of an entry of sources',
        params: { suggestion },
      })
    })
  })
}

export const labSchema = z
  .strictObject({
    id: labId.describe('Number of the lab, for example L01.'),
    slug: slug.describe('Second half of the folder name.'),
    title: text,
    aim: text.describe('What the learner builds, in one sentence.'),
    module: z.string().regex(/^M[0-9B]$/, 'a module id such as M1'),
    hours: z.number().positive().describe('Hours an engineer needs, reading not included.'),
    requires: z.array(labId).default([]).describe('Labs to finish before this one.'),
    after: z
      .array(labId)
      .default([])
      .describe('Labs whose solutions lie on the base, below starter and solution of this one; lowest first.'),
    tracks: z.array(trackSchema).min(1),
    base: z
      .array(text)
      .min(1)
      .describe('Folders of labs/depot that make up the base, lowest first; `{track}` stands for the track.'),
    services: z.array(slug).min(1),
    replicas: z
      .number()
      .int()
      .min(1)
      .max(4)
      .default(1)
      .describe('So many programs of the API serve side by side, behind a round-robin where there are several.'),
    capabilities: z.array(capabilitySchema).min(1).describe('Everything that the checks use together.'),
    goals: z.array(slug).default([]).describe('Learning goals of the course that the lab counts for.'),
    settings: z.record(slug, settingsSchema).refine((all) => 'base' in all, 'needs the settings `base`'),
    contract: z.array(clauseSchema).min(1),
    proves: z.array(text).min(1).describe('What passing proves.'),
    'does-not-prove': z.array(text).min(1).describe('What passing does not prove.'),
    sources: z.array(sourceSchema).min(1),
  })
  .superRefine(citations)
export type LabData = z.infer<typeof labSchema>

export const moduleSchema = z.strictObject({
  id: z.string().regex(/^M[0-9B]$/, 'a module id such as M1'),
  title: text,
  aim: text,
  hours: z.number().positive(),
  pages: z.array(slug).describe('File stems of the pages, in reading order.'),
  planned: z
    .array(z.strictObject({ id: text, title: text, hours: z.number().positive() }))
    .default([])
    .describe('Announced, not written yet.'),
})
export type ModuleData = z.infer<typeof moduleSchema>

export const goalsSchema = z.strictObject({
  goals: z
    .array(
      z.strictObject({
        id: slug.describe('By which lab.yaml names it.'),
        text: text.describe('What somebody can do who has reached it, in one sentence.'),
      }),
    )
    .min(1)
    .superRefine((goals, context) => {
      goals.forEach(({ id }, i) => {
        if (goals.findIndex((other) => other.id === id) < i)
          context.addIssue({ code: 'custom', path: [i, 'id'], message: 'an id that no other goal has' })
      })
    }),
})
/** What the course is for: `course/goals.yaml`. */
export type Goal = z.infer<typeof goalsSchema>['goals'][number]

export const quizOptionSchema = z.strictObject({
  text: text.describe('The answer to choose.'),
  correct: z.boolean().default(false),
  feedback: text.describe('Why it is right, or what whoever chose it has mixed up; no "wrong!" alone.'),
})

export const quizShape = z.strictObject({
  id: slug.describe('Unique in the course; the page shows it with <Quiz id="…" />, and answers are kept under it.'),
  question: text.describe('Markdown code spans are allowed, here and below.'),
  options: z
    .array(quizOptionSchema)
    .min(3)
    .max(6)
    .describe('Three to six. Answers are kept by their number, so add new ones at the end.'),
})

/** Exactly one option is right, and none stands there twice. */
export function oneRightOption(
  { options }: { options: { text: string; correct: boolean }[] },
  context: { addIssue(issue: { code: 'custom'; path: (string | number)[]; message: string }): void },
): void {
  if (options.filter((o) => o.correct).length !== 1)
    context.addIssue({ code: 'custom', path: ['options'], message: 'exactly one option with correct: true' })
  options.forEach((option, i) => {
    if (options.findIndex((other) => other.text === option.text) < i)
      context.addIssue({ code: 'custom', path: ['options', i, 'text'], message: 'a text that no other option has' })
  })
}

export const quizSchema = quizShape.superRefine(oneRightOption)
/** A question with one right answer, and feedback for each. */
export type Quiz = z.infer<typeof quizSchema>

export const lessonFrontmatterSchema = z.object({
  id: z
    .string()
    .regex(/^(\d+\.\d+|L\d{2})$/, 'a lesson id such as 1.2, or the id of the page’s lab')
    .describe('Number in the course.'),
  title: text,
  description: text.max(200).describe('One sentence for search results and link previews.'),
  hours: z.number().positive(),
  updated: day.describe('Day the text was last checked against its sources.'),
  lab: labId.optional().describe('Set on the page of a lab.'),
  sources: z.array(sourceSchema).default([]),
  quizzes: z.array(quizSchema).default([]).describe('Questions of the page, in its order.'),
})
export type LessonFrontmatter = z.infer<typeof lessonFrontmatterSchema>

/** `course.json` of a learner's workspace. Every field may be left out; a declaration selects a design, it never waives a clause. */
export const courseJsonSchema = z.strictObject({
  $schema: z.string().optional(),
  lab: labId.optional().describe('The lab this folder belongs to; the course writes it.'),
  track: z
    .enum(['express', 'fastapi', 'other'])
    .default('express')
    .describe('Backend stack. `other`: anything that keeps the contract.'),
  signUp: z
    .enum(['open', 'email-loop'])
    .default('open')
    .describe('Whether registering tells that an address is taken (`open`) or not.'),
  run: z
    .strictObject({ api: z.array(text).min(1).optional(), migrate: z.array(text).min(1).optional() })
    .default({})
    .describe('Commands that start the services without containers, run in the api folder.'),
  authMode: z.enum(['token-mediating', 'bff']).optional().describe('Where the browser holds authority (L04).'),
  keyReload: z
    .enum(['sighup', 'poll', 'restart'])
    .optional()
    .describe(
      'How changed signing keys are taken up (L02): at SIGHUP, by looking, at a restart. `restart` if not set.',
    ),
  passwordHash: z.enum(['argon2id', 'scrypt', 'bcrypt', 'pbkdf2']).optional(),
  services: z
    .strictObject({ api: text, web: text, edge: text, db: text, redis: text, migrate: text })
    .partial()
    .default({})
    .describe('Names of the services in compose.yaml, where they differ from the usual ones.'),
})
export type CourseJson = z.infer<typeof courseJsonSchema>

/** A right program of another design, in `solutions/<lab>/alternates/<id>/alternate.yaml`. */
export const alternateSchema = z.strictObject({
  id: slug,
  title: text,
  about: text.describe('Which freedom of the contract it takes.'),
  kind: z
    .enum(['overlay', 'standalone'])
    .describe('`overlay`: files on top of the solution. `standalone`: files on top of the common base alone.'),
  track: z.enum(['express', 'fastapi', 'other']),
})
export type AlternateData = z.infer<typeof alternateSchema>

/** A wrong program with one misconception, in `solutions/<lab>/mutants/<id>/mutant.yaml`. */
export const mutantSchema = z.strictObject({
  id: slug,
  title: text.describe('The misconception, as its author would put it.'),
  seenIn: z.url().optional().describe('A public issue or advisory with the same mistake.'),
  killedBy: z
    .string()
    .regex(/^[CX]\d{2}h?$/, 'a check id such as C02')
    .describe('The one check that must fail.'),
  diagnosis: slug.describe('The diagnosis that the check must give.'),
  base: slug.optional().describe('The alternate it is a patch of, where that is not the solution.'),
})
export type MutantData = z.infer<typeof mutantSchema>

/** A dishonest program, in `solutions/<lab>/cheats/<id>/cheat.yaml`: it does not try to do the work, it tries to look as if. */
export const cheatSchema = z.strictObject({
  id: slug,
  title: text.describe('The trick, in a few words.'),
  about: text.describe('What it does, and why somebody might hope for a pass by it.'),
  kind: z
    .enum(['overlay', 'standalone'])
    .default('standalone')
    .describe('`standalone`: files on top of the common base alone. `overlay`: files on top of the solution.'),
  recording: z
    .enum(['same-seed', 'other-seed'])
    .optional()
    .describe('Exchanges of the solution under a run with this seed are written to api/recording.json first.'),
  by: z
    .enum(['checks', 'command'])
    .default('checks')
    .describe('`command`: graded by `npm run check` as a person would, because the trick aims at its files.'),
  select: z.array(z.string()).default([]).describe('By command: the words that stand where ids of checks belong.'),
  starts: z.boolean().default(true).describe('`false`: the trick is not to start, so that nothing is graded.'),
  slow: z.boolean().default(false).describe('Keeps the grader waiting: left out where one cheat is run many times.'),
  passes: z
    .array(z.string().regex(/^[CX]\d{2}h?$/, 'a check id such as C02'))
    .default([])
    .describe('Checks that it passes, since it keeps their clauses; `about` says why where that is not plain.'),
})
export type CheatData = z.infer<typeof cheatSchema>

/** Every schema an editor can use, by the name of its file in docs/schema/. */
export const editorSchemas = {
  lab: labSchema,
  module: moduleSchema,
  lesson: lessonFrontmatterSchema,
  goals: goalsSchema,
  course: courseJsonSchema,
  alternate: alternateSchema,
  mutant: mutantSchema,
  cheat: cheatSchema,
} as const
