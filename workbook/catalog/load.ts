/** Loads `course/` and `labs/` into one typed catalogue, and finds a lab by what a person types. */
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { type Exercise, exerciseFolders, lessonlessProblems, loadExercise } from './exercise.ts'
import { CatalogError, didYouMean, type Problem } from './problem.ts'
import { parseData, readData } from './read.ts'
import {
  type Goal,
  goalsSchema,
  type LabData,
  type LessonFrontmatter,
  labSchema,
  lessonFrontmatterSchema,
  type ModuleData,
  moduleSchema,
  type Quiz,
} from './schema.ts'

/** A lab: its data and where it lies. */
export interface Lab extends Omit<LabData, 'does-not-prove'> {
  doesNotProve: string[]
  /** Folder name in `labs/`, `solutions/` and `workspace/`: `01-password-login`. */
  folder: string
  /** Absolute path of `labs/<folder>`. */
  dir: string
}

/** A page of the course. */
export interface Lesson extends LessonFrontmatter {
  /** Those of the frontmatter, and then the choices of the lesson's exercise: everything that is answered on the page. */
  quizzes: Quiz[]
  slug: string
  /** URL path on the site: `/01-authentication/02-passwords-now/`. */
  path: string
  /** Path of the MDX file relative to the checkout. */
  file: string
}

export interface Module extends Omit<ModuleData, 'pages'> {
  slug: string
  lessons: Lesson[]
}

export interface Catalog {
  modules: Module[]
  /** In the order of `course/goals.yaml`. */
  goals: Goal[]
  labs: Lab[]
  exercises: Exercise[]
}

/**
 * Loads and validates everything.
 * @param root the checkout
 * @throws CatalogError with all mistakes of all files together
 */
export async function loadCatalog(root: string): Promise<Catalog> {
  const problems: Problem[] = []
  const gather = async <T>(work: Promise<T>): Promise<T | undefined> => {
    try {
      return await work
    } catch (error) {
      if (!(error instanceof CatalogError)) throw error
      problems.push(...error.problems)
      return undefined
    }
  }
  const labs = (
    await Promise.all((await labFolders(root)).map((folder) => gather(loadLabFolder(root, folder))))
  ).filter((lab) => lab !== undefined)
  const modules = (
    await Promise.all((await foldersOf(path.join(root, 'course'))).map((dir) => gather(loadModule(root, dir, gather))))
  ).filter((m) => m !== undefined)
  const goals = (await gather(loadGoals(root))) ?? []
  const exercises = (
    await Promise.all((await exerciseFolders(root)).map((folder) => gather(loadExercise(root, folder))))
  ).filter((exercise) => exercise !== undefined)
  const lessons = modules.flatMap((m) => m.lessons)
  problems.push(...lessonProblems(modules, (await labFolders(root)).map(idOf)))
  problems.push(...(await quizProblems(root, lessons, exercises)), ...(await goalProblems(root, labs, goals)))
  problems.push(...lessonlessProblems(exercises, lessons))
  if (problems.length > 0) throw new CatalogError(problems)
  for (const lesson of lessons) {
    const own = exercises.filter((exercise) => exercise.lesson === lesson.id)
    lesson.quizzes.push(...own.flatMap(({ products }) => products))
  }
  return { modules, goals, labs, exercises }
}

const GOALS = 'course/goals.yaml'

/** A course without the file has no goals. */
async function loadGoals(root: string): Promise<Goal[]> {
  const file = path.join(root, GOALS)
  return existsSync(file) ? (await readData(file, GOALS, goalsSchema)).goals : []
}

/** A quiz id is unique in the whole course: answers are kept under it. */
async function quizProblems(root: string, lessons: Lesson[], exercises: Exercise[]): Promise<Problem[]> {
  const all = [
    ...lessons.flatMap(({ quizzes, file }) => quizzes.map(({ id }) => ({ id, file }))),
    ...exercises.flatMap(({ products, slug }) =>
      products.map(({ id }) => ({ id, file: `labs/exercises/${slug}/products.yaml` })),
    ),
  ]
  const twice = all.filter(({ id }, i) => all.findIndex((other) => other.id === id) < i)
  return Promise.all(
    twice.map(async ({ id, file }) => {
      const first = all.find((other) => other.id === id)?.file
      const nth = all.filter((other) => other.id === id && other.file === file).length
      const itself = file.endsWith('.mdx') ? 'this page' : 'this file'
      return {
        ...(await placeOf(root, file, new RegExp(`id:\\s*["']?${id}["']?\\s*(?:$|[,}#])`, 'm'), nth)),
        field: file.endsWith('.mdx') ? 'quizzes' : 'products',
        found: `"${id}", which ${first === file ? itself : first} has too`,
        expected: 'an id that no other quiz has',
      }
    }),
  )
}

/** Goals that labs count for are goals of the course. */
async function goalProblems(root: string, labs: Lab[], goals: Goal[]): Promise<Problem[]> {
  const known = goals.map((goal) => goal.id)
  const wrong = labs.flatMap((lab) => lab.goals.filter((id) => !known.includes(id)).map((id) => ({ id, lab })))
  return Promise.all(
    wrong.map(async ({ id, lab }) => ({
      ...(await placeOf(
        root,
        `labs/${lab.folder}/lab.yaml`,
        new RegExp(`(?<=^goals:[^:]*)${id}(?![a-z0-9-])`, 'm'),
        1,
      )),
      field: 'goals',
      found: `"${id}"`,
      expected: `the id of a goal in ${GOALS}`,
      ...optional(didYouMean(id, known)),
    })),
  )
}

/** Where the n-th match of a pattern stands in a file; line 0 where there is none. */
async function placeOf(root: string, file: string, pattern: RegExp, nth: number) {
  const text = await readFile(path.join(root, file), 'utf8')
  const match = [...text.matchAll(new RegExp(pattern, 'gm'))][nth - 1]
  const before = text.slice(0, match?.index ?? 0).split('\n')
  return match === undefined
    ? { file, line: 0, column: 0 }
    : { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}

/** Lesson ids are unique, and the lab of a page exists; L00 is the preflight and has no folder. */
function lessonProblems(modules: Module[], labs: string[]): Problem[] {
  const lessons = modules.flatMap((m) => m.lessons)
  const ids = ['L00', ...labs]
  const at = (lesson: Lesson) => ({ file: lesson.file, line: 0, column: 0 })
  const twice = lessons
    .filter((lesson, i) => lessons.findIndex((other) => other.id === lesson.id) < i)
    .map((lesson) => ({
      ...at(lesson),
      field: 'id',
      found: `"${lesson.id}"`,
      expected: 'an id that no other page has',
    }))
  const labless = lessons
    .filter((lesson) => lesson.lab !== undefined && !ids.includes(lesson.lab))
    .map((lesson) => ({ ...at(lesson), field: 'lab', found: `"${lesson.lab}"`, expected: `one of ${ids.join(', ')}` }))
  return [...twice, ...labless]
}

/** Loads one lab by what a person typed (`L01`, `l1`, `password-login`, `01-password-login`). */
export async function findLab(root: string, word: string): Promise<Lab> {
  const folders = await labFolders(root)
  const wanted = word.toLowerCase()
  const folder = folders.find((f) => namesOf(f).includes(wanted))
  if (folder !== undefined) return loadLabFolder(root, folder)
  const suggestion = didYouMean(word, folders.flatMap(namesOf))
  throw new UnknownLab(
    word,
    folders.map(idOf),
    suggestion === undefined ? undefined : idOf(folders.find((f) => namesOf(f).includes(suggestion)) ?? ''),
  )
}

/** The lab id that a person named does not exist. */
export class UnknownLab extends Error {
  constructor(word: string, known: string[], suggestion: string | undefined) {
    super(`There is no lab "${word}".${suggestion ? ` Did you mean ${suggestion}?` : ''} Labs: ${known.join(', ')}.`)
    this.name = 'UnknownLab'
  }
}

/** Folder names in `labs/` that are labs (`<nn>-<slug>`). */
export async function labFolders(root: string): Promise<string[]> {
  return (await foldersOf(path.join(root, 'labs'))).filter((name) => /^\d{2}-/.test(name))
}

const idOf = (folder: string) => `L${folder.slice(0, 2)}`

function namesOf(folder: string): string[] {
  const number = folder.slice(0, 2)
  return [`l${number}`, `l${Number(number)}`, number, folder.slice(3), folder]
}

async function loadLabFolder(root: string, folder: string): Promise<Lab> {
  const dir = path.join(root, 'labs', folder)
  const shown = `labs/${folder}/lab.yaml`
  const data = await readData(path.join(dir, 'lab.yaml'), shown, labSchema)
  const problems = folderProblems(shown, folder, data)
  if (problems.length > 0) throw new CatalogError(problems)
  const { 'does-not-prove': doesNotProve, ...rest } = data
  return { ...rest, doesNotProve, folder, dir }
}

function folderProblems(file: string, folder: string, data: LabData): Problem[] {
  const expected = `${data.id.slice(1)}-${data.slug}`
  return folder === expected
    ? []
    : [
        {
          file,
          line: 0,
          column: 0,
          field: 'id, slug',
          found: `${data.id} and ${data.slug} in the folder ${folder}`,
          expected: `the folder ${expected}`,
        },
      ]
}

async function loadModule(
  root: string,
  slug: string,
  gather: <T>(work: Promise<T>) => Promise<T | undefined>,
): Promise<Module> {
  const dir = path.join(root, 'course', slug)
  const shown = `course/${slug}/module.yaml`
  const { pages, ...data } = await readData(path.join(dir, 'module.yaml'), shown, moduleSchema)
  const files = (await readdir(dir)).filter((f) => f.endsWith('.mdx')).map((f) => f.slice(0, -4))
  const problems: Problem[] = [
    ...pages
      .filter((p) => !files.includes(p))
      .map((p) => ({
        file: shown,
        line: 0,
        column: 0,
        field: 'pages',
        found: `"${p}"`,
        expected: `a page ${p}.mdx in the folder`,
        ...optional(didYouMean(p, files)),
      })),
    ...files
      .filter((f) => !pages.includes(f))
      .map((f) => ({
        file: `course/${slug}/${f}.mdx`,
        line: 0,
        column: 0,
        field: '',
        found: 'a page that pages does not list',
        expected: `an entry in ${shown}`,
      })),
  ]
  if (problems.length > 0) throw new CatalogError(problems)
  const lessons = (await Promise.all(pages.map((page) => gather(loadLesson(root, slug, page))))).filter(
    (l) => l !== undefined,
  )
  return { ...data, slug, lessons }
}

async function loadLesson(root: string, module: string, page: string): Promise<Lesson> {
  const file = `course/${module}/${page}.mdx`
  const text = await readFile(path.join(root, file), 'utf8')
  const match = /^---\r?\n([\s\S]*?)\r?\n---/.exec(text)
  if (match === null)
    throw new CatalogError([
      { file, line: 1, column: 1, field: '', found: 'no frontmatter', expected: 'a block between two lines of ---' },
    ])
  return {
    ...parseData(match[1] ?? '', file, lessonFrontmatterSchema, 1),
    slug: page,
    path: `/${module}/${page}/`,
    file,
  }
}

const optional = (suggestion: string | undefined) => (suggestion === undefined ? {} : { suggestion })

async function foldersOf(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => [])
  return entries
    .filter((e) => e.isDirectory())
    .map((e) => e.name)
    .sort()
}
