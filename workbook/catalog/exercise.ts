/** Exercises of lessons: `labs/exercises/<slug>/`, their data, and loading it with everything that lies beside it. */
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import * as z from 'zod'
import { CatalogError, didYouMean, type Problem } from './problem.ts'
import { readData } from './read.ts'
import { oneRightOption, quizOptionSchema, quizShape, sourceSchema } from './schema.ts'

const text = z.string().trim().min(1)
const slug = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'lower-case words joined by hyphens')
const fileName = z.string().regex(/^[a-z0-9-]+\.ts$/, 'a file name such as verify.ts')

export const exerciseSchema = z.strictObject({
  id: z
    .string()
    .regex(/^X\d+\.\d+$/, 'an exercise id such as X1.3')
    .describe('X and the number of its lesson; the page shows it with <Exercise id="…" />, or <Choices id="…" />.'),
  title: text,
  lesson: z
    .string()
    .regex(/^\d+\.\d+$/, 'a lesson id such as 1.3')
    .describe('The lesson it belongs to.'),
  aim: text.describe('What the learner does, in one sentence.'),
  minutes: z.int().positive().describe('Minutes an engineer needs who has read the lesson.'),
  files: z
    .array(fileName)
    .default([])
    .describe(
      'Files to edit, in order; each lies in starter/, solution/ and every alternate. None where it is a choice.',
    ),
  sources: z.array(sourceSchema).min(1),
})
export type ExerciseData = z.infer<typeof exerciseSchema>

export const exerciseMutantsSchema = z.strictObject({
  mutants: z.array(
    z.strictObject({
      id: slug.describe('Name of its patch in mutants/, without the ending.'),
      base: slug.optional().describe('The alternate that the patch is made against; the solution where there is none.'),
      title: text.describe('The misconception, as its author would put it.'),
      killedBy: z
        .string()
        .regex(/^C\d{2}$/, 'a check id such as C02')
        .describe('The one check that must fail.'),
      diagnosis: slug.describe('The diagnosis that the check must give.'),
    }),
  ),
})
/** A wrong program with one misconception. */
export type ExerciseMutant = z.infer<typeof exerciseMutantsSchema>['mutants'][number]

export const productsSchema = z.strictObject({
  products: z
    .array(
      quizShape
        .extend({
          options: z
            .array(
              quizOptionSchema.extend({
                sources: z.array(text).min(1).describe('Ids of the sources of the exercise that say so.'),
              }),
            )
            .length(3)
            .describe('Three. Answers are kept by their number.'),
        })
        .superRefine(oneRightOption),
    )
    .min(3),
})
/** One choice: a question with three options, each with a reason that cites its sources. */
export type Product = z.infer<typeof productsSchema>['products'][number]

/** An exercise: its data and what lies beside it. */
export interface Exercise extends ExerciseData {
  /** Folder name in `labs/exercises/`. */
  slug: string
  /** Absolute path of that folder. */
  dir: string
  /** Right programs of another design, by the names of their folders. */
  alternates: string[]
  mutants: ExerciseMutant[]
  /** What is chosen, where it is a choice and no code. */
  products: Product[]
}

/** Schemas for editors, by the name of their file in docs/schema/. */
export const exerciseSchemas = {
  exercise: exerciseSchema,
  'exercise-mutants': exerciseMutantsSchema,
  'exercise-products': productsSchema,
} as const

/** Names of the folders of exercises. */
export const exerciseFolders = (root: string) => foldersOf(path.join(root, 'labs', 'exercises'))

/**
 * Loads one exercise.
 * @param folder its name in `labs/exercises`
 * @throws CatalogError with everything that is wrong in the folder
 */
export async function loadExercise(root: string, folder: string): Promise<Exercise> {
  const dir = path.join(root, 'labs', 'exercises', folder)
  const shown = (file: string) => `labs/exercises/${folder}/${file}`
  const data = await readData(path.join(dir, 'exercise.yaml'), shown('exercise.yaml'), exerciseSchema)
  const has = (file: string) => existsSync(path.join(dir, file))
  const { products } = has('products.yaml')
    ? await readData(path.join(dir, 'products.yaml'), shown('products.yaml'), productsSchema)
    : { products: [] }
  const { mutants } = has('mutants.yaml')
    ? await readData(path.join(dir, 'mutants.yaml'), shown('mutants.yaml'), exerciseMutantsSchema)
    : { mutants: [] }
  const alternates = await foldersOf(path.join(dir, 'alternates'))
  const exercise: Exercise = { ...data, slug: folder, dir, alternates, mutants, products }
  const problems = [
    ...kindProblems(exercise, shown),
    ...(await programProblems(exercise, shown)),
    ...(await mutantProblems(exercise, shown)),
    ...(await citationProblems(exercise, shown)),
  ]
  if (problems.length > 0) throw new CatalogError(problems)
  return exercise
}

type Shown = (file: string) => string

const at = (file: string) => ({ file, line: 0, column: 0 })

/** Either code or a choice, with the number of its lesson. */
function kindProblems({ id, lesson, files, products }: Exercise, shown: Shown): Problem[] {
  const problems: Problem[] = []
  const file = shown('exercise.yaml')
  if (id !== `X${lesson}`)
    problems.push({ ...at(file), field: 'id', found: `"${id}"`, expected: `X${lesson}, as its lesson is ${lesson}` })
  if (files.length > 0 === products.length > 0)
    problems.push({
      ...at(file),
      field: 'files',
      found: files.length > 0 ? 'files and a products.yaml' : 'no files and no products.yaml',
      expected: 'one of the two',
    })
  return problems
}

/** Every program has the files that the exercise names, and no other. */
async function programProblems({ dir, files, alternates }: Exercise, shown: Shown): Promise<Problem[]> {
  if (files.length === 0) return []
  const programs = ['starter', 'solution', ...alternates.map((id) => `alternates/${id}`)]
  const lists = await Promise.all(
    programs.map(async (program) => {
      const there = await readdir(path.join(dir, program)).catch((): string[] => [])
      const missing = files.filter((file) => !there.includes(file))
      const more = there.filter((file) => !files.includes(file))
      return [
        ...missing.map((file) => ({
          ...at(shown(program)),
          field: '',
          found: `no ${file}`,
          expected: 'the files of exercise.yaml',
        })),
        ...more.map((file) => ({
          ...at(shown(`${program}/${file}`)),
          field: '',
          found: 'a file that files does not list',
          expected: `an entry in ${shown('exercise.yaml')}`,
        })),
      ]
    }),
  )
  return lists.flat()
}

/** Every mutant that is listed has a patch, every patch is listed, and no mutant twice; its base is there. */
async function mutantProblems({ dir, alternates, mutants }: Exercise, shown: Shown): Promise<Problem[]> {
  const file = shown('mutants.yaml')
  const ids = mutants.map(({ id }) => id)
  const there = await readdir(path.join(dir, 'mutants')).catch((): string[] => [])
  const unlisted = there
    .filter((name) => !ids.some((id) => name === `${id}.patch`))
    .map((name) => ({
      ...at(shown(`mutants/${name}`)),
      field: '',
      found: 'what is no patch of a listed mutant',
      expected: `an entry in ${file}`,
    }))
  const missing = [...new Set(ids)]
    .filter((id) => !there.includes(`${id}.patch`))
    .map((id) => ({
      ...at(shown(`mutants/${id}.patch`)),
      field: '',
      found: 'no such file',
      expected: 'a patch against the solution, or against its base',
    }))
  const baseless = mutants
    .filter(({ base }) => base !== undefined && !alternates.includes(base))
    .map(({ id, base }) => ({
      ...at(file),
      field: `${id}.base`,
      found: `"${base}"`,
      expected: 'an alternate of the exercise',
    }))
  const twice = await Promise.all(
    ids
      .filter((id, i) => ids.indexOf(id) < i)
      .map(async (id) => ({
        ...(await placeIn(dir, 'mutants.yaml', file, new RegExp(`id:\\s*${id}\\s*$`, 'gm'), 2)),
        field: 'mutants',
        found: `"${id}"`,
        expected: 'an id that no other mutant has',
      })),
  )
  return [...missing, ...unlisted, ...baseless, ...twice]
}

/** What a reason cites is among the sources of the exercise. */
async function citationProblems({ dir, products, sources }: Exercise, shown: Shown): Promise<Problem[]> {
  const known = sources.map(({ id }) => id)
  const wrong = [...new Set(products.flatMap(({ options }) => options.flatMap((option) => option.sources)))].filter(
    (id) => !known.includes(id),
  )
  return Promise.all(
    wrong.map(async (id) => {
      const near = didYouMean(id, known)
      const name = new RegExp(`(?<=sources:[^\\n]*)(?<![a-z0-9.-])${id.replaceAll('.', '\\.')}(?![a-z0-9.-])`, 'gm')
      return {
        ...(await placeIn(dir, 'products.yaml', shown('products.yaml'), name, 1)),
        field: 'sources',
        found: `"${id}"`,
        expected: `the id of a source in ${shown('exercise.yaml')}`,
        ...(near === undefined ? {} : { suggestion: near }),
      }
    }),
  )
}

/** Where the n-th match of a pattern stands; line 0 where there is none. */
async function placeIn(dir: string, file: string, shown: string, pattern: RegExp, nth: number) {
  const content = await readFile(path.join(dir, file), 'utf8')
  const match = [...content.matchAll(pattern)][nth - 1]
  if (match === undefined) return at(shown)
  const before = content.slice(0, match.index).split('\n')
  return { file: shown, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}

/** Exercises belong to lessons that there are. */
export function lessonlessProblems(exercises: readonly Exercise[], lessons: readonly { id: string }[]): Problem[] {
  return exercises
    .filter(({ lesson }) => !lessons.some(({ id }) => id === lesson))
    .map(({ slug: folder, lesson }) => ({
      ...at(`labs/exercises/${folder}/exercise.yaml`),
      field: 'lesson',
      found: `"${lesson}"`,
      expected: 'the id of a lesson',
    }))
}

async function foldersOf(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
}
