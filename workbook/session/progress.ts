/**
 * Progress as use cases: what happened is written down, what was written is summed up. One file, `workspace/progress.json`; no account, and
 * nothing leaves the machine. Everything here works with and without the server.
 */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { type Catalog, didYouMean, type Lab, type Lesson, loadCatalog, type Quiz } from '../catalog/index.ts'
import { loadChecks } from '../grader/load.ts'
import { type CourseShape, type Summary, summaryOf } from '../progress/derive.ts'
import { changesOf, mergeProgress } from '../progress/merge.ts'
import { parseProgress, progressText } from '../progress/parse.ts'
import { labOpened, lessonDone, lessonSeen, own, quizAnswered, ran, type Stale, staleOf } from '../progress/record.ts'
import { reportHtml, type ShareableReport, shareableOf } from '../progress/report.ts'
import type { Progress } from '../progress/schema.ts'
import { type Loaded, readProgress, updateProgress } from '../progress/store.ts'
import { writeAtomic } from '../stack/files.ts'
import { EnvironmentTrouble } from '../stack/types.ts'
import { type Context, realOf, workspaceOf } from './context.ts'
import { type Digests, digestsOf, graderDigest } from './evidence.ts'
import type { RunReport } from './report.ts'
import { UsageError } from './usage.ts'

/** Beside the learner's copies: what a learner made, in one place. */
export const progressFile = (root: string): string => path.join(root, 'workspace', 'progress.json')

const now = () => new Date().toISOString()

export interface ProgressView extends Summary {
  progress: Progress
  /** By lab and check: passes whose files, lab or grader have changed since. */
  stale: Record<string, Record<string, Stale[]>>
  notes: string[]
}

/** The whole picture, for the page and the terminal. Reads, never writes. */
export async function viewProgress(context: Context, catalog?: Catalog): Promise<ProgressView> {
  const course = catalog ?? (await loadCatalog(context.root))
  const { progress, notes } = await readProgress(progressFile(context.root))
  const stale: ProgressView['stale'] = {}
  for (const lab of course.labs) {
    const checks = Object.entries(own(progress.labs, lab.id)?.checks ?? {})
    if (checks.length === 0) continue
    const digests: Digests = await digestsOf(context.root, lab)
    const old = checks.flatMap(([id, { passed }]) => {
      const parts = passed === undefined ? [] : staleOf(passed.evidence, digests)
      return parts.length === 0 ? [] : [[id, parts] as const]
    })
    if (old.length > 0) stale[lab.id] = Object.fromEntries(old)
  }
  return { ...summaryOf(await shapeOf(course), progress), progress, stale, notes }
}

async function shapeOf(catalog: Catalog): Promise<CourseShape> {
  const labs = await Promise.all(
    catalog.labs.map(async (lab) => ({
      id: lab.id,
      title: lab.title,
      goals: lab.goals,
      checks: (await loadChecks(lab)).map(({ id, title, level }) => ({ id, title, level })),
    })),
  )
  return { modules: catalog.modules, goals: catalog.goals, labs }
}

/** What a run graded. */
export interface Graded {
  lab: Lab
  /** Undefined for a server behind --url. */
  dir: string | undefined
  /** Digest of the files that ran. */
  workspace: string | undefined
}

/**
 * Writes a run down. Only runs of the learner's own copy count: what --dir and --url name may be the reference, or somebody else's. Trouble with the
 * machine changes nothing. A file that cannot be written is told by `context.progress` and spoils no result.
 * @returns whether it counted
 */
export async function recordRun(context: Context, report: RunReport, graded: Graded): Promise<boolean> {
  const { lab, dir, workspace } = graded
  if (report.env !== null || dir === undefined || workspace === undefined || report.transport === 'url') return false
  if (realOf(dir) !== realOf(workspaceOf(context.root, lab))) return false
  const { transport } = report
  try {
    const evidence = {
      workspace,
      lab: report.lab.digest,
      grader: await graderDigest(context.root, lab),
      transport,
      track: report.track,
      seed: report.seed,
    }
    const run = { lab: lab.id, at: now(), complete: report.complete, checks: report.checks, evidence }
    tell(context, await updateProgress(progressFile(context.root), (progress) => ran(progress, run)))
    return true
  } catch (error) {
    if (!(error instanceof EnvironmentTrouble)) throw error
    context.progress(`The result stands, but your progress was not kept. ${error.message} ${error.remedy}`)
    return false
  }
}

/** The learner's copy was started. */
export async function recordOpened(context: Context, lab: Lab): Promise<void> {
  tell(context, await updateProgress(progressFile(context.root), (progress) => labOpened(progress, lab.id, now())))
}

/**
 * A page was opened, or another heading of it is on screen now.
 * @throws UsageError for a page that does not exist, EnvironmentTrouble
 */
export async function seeLesson(
  context: Context,
  catalog: Catalog,
  pagePath: string,
  heading?: string,
): Promise<Progress> {
  const { path: page } = lessonOf(catalog, pagePath)
  if (heading !== undefined && (heading === '' || heading.length > 200))
    throw new UsageError('A heading is its anchor: 1 to 200 characters.')
  return change(context, (progress) => lessonSeen(progress, page, now(), heading))
}

/**
 * A page was marked as read, or no longer so.
 * @throws UsageError for a page that does not exist, EnvironmentTrouble
 */
export async function finishLesson(
  context: Context,
  catalog: Catalog,
  pagePath: string,
  done: boolean,
): Promise<Progress> {
  const { path: page } = lessonOf(catalog, pagePath)
  return change(context, (progress) => lessonDone(progress, page, now(), done))
}

/**
 * A quiz was answered. Whether rightly is decided here, by the catalogue.
 * @param choice number of the option, from 0
 * @throws UsageError for a quiz or an option that does not exist, EnvironmentTrouble
 */
export async function answerQuiz(
  context: Context,
  catalog: Catalog,
  id: string,
  choice: number,
): Promise<{ correct: boolean; feedback: string }> {
  const quizzes = catalog.modules.flatMap((m) => m.lessons).flatMap((lesson): Quiz[] => lesson.quizzes)
  const quiz = quizzes.find((q) => q.id === id)
  if (quiz === undefined)
    throw new UsageError(
      `There is no quiz "${id}".${near(
        id,
        quizzes.map((q) => q.id),
      )}`,
    )
  const option = Number.isInteger(choice) && choice >= 0 ? quiz.options[choice] : undefined
  if (option === undefined) throw new UsageError(`The quiz ${id} has the options 0 to ${quiz.options.length - 1}.`)
  const { correct, feedback } = option
  await change(context, (progress) => quizAnswered(progress, id, { choice, correct, at: now() }))
  return { correct, feedback }
}

/** The newest choice of each quiz that was answered: what a page shows again. */
export async function quizChoices(context: Context): Promise<Record<string, number>> {
  const { progress } = await readProgress(progressFile(context.root))
  const newest = Object.entries(progress.quizzes).map(([id, quiz]) => [id, quiz.answers.at(-1)?.choice] as const)
  return Object.fromEntries(newest.filter((pair): pair is [string, number] => pair[1] !== undefined))
}

function lessonOf(catalog: Catalog, pagePath: string): Lesson {
  const lessons = catalog.modules.flatMap((m) => m.lessons)
  const lesson = lessons.find((l) => l.path === pagePath)
  if (lesson !== undefined) return lesson
  throw new UsageError(
    `There is no page ${pagePath}.${near(
      pagePath,
      lessons.map((l) => l.path),
    )}`,
  )
}

const near = (word: string, known: string[]) => {
  const found = didYouMean(word, known)
  return found === undefined ? '' : ` Did you mean ${found}?`
}

async function change(context: Context, by: (progress: Progress) => Progress): Promise<Progress> {
  const loaded = await updateProgress(progressFile(context.root), by)
  tell(context, loaded)
  return loaded.progress
}

function tell(context: Context, { notes }: Loaded): void {
  for (const note of notes) context.progress(note)
}

/**
 * Writes all of progress into a file of its own, to carry to another machine.
 * @throws UsageError where the file exists and `force` is not set, EnvironmentTrouble
 */
export async function exportProgress(context: Context, file: string, force: boolean): Promise<Progress> {
  if (existsSync(file) && !force)
    throw new UsageError(`${file} exists. Choose another name, or write over it with --force.`)
  const loaded = await readProgress(progressFile(context.root))
  tell(context, loaded)
  await writeFileOf(file, progressText(loaded.progress))
  return loaded.progress
}

export interface Import {
  /** A line for each thing that differs, before and after. Empty: nothing to do. */
  changes: string[]
  /** Where the version before lies; undefined where nothing was changed. */
  kept: string | undefined
}

export type ImportMode = 'merge' | 'replace' | 'look'

/**
 * Takes an exported file in. `merge` loses nothing of either; `replace` takes the file as it is; `look` changes nothing. The version before
 * stays beside the progress file.
 * @throws UsageError where the file is no progress of a schema that is known, EnvironmentTrouble
 */
export async function importProgress(context: Context, file: string, mode: ImportMode): Promise<Import> {
  const incoming = await parsedImport(file)
  const target = progressFile(context.root)
  const wanted = (mine: Progress) => (mode === 'replace' ? incoming : mergeProgress(mine, incoming))
  if (mode === 'look') {
    const loaded = await readProgress(target)
    tell(context, loaded)
    return { changes: changesOf(loaded.progress, wanted(loaded.progress)), kept: undefined }
  }
  const keep = target.replace(/\.json$/, `.before-import-${now().replaceAll(':', '-')}.json`)
  let changes: string[] = []
  const loaded = await updateProgress(
    target,
    (mine) => {
      const next = wanted(mine)
      changes = changesOf(mine, next)
      return changes.length === 0 ? mine : next
    },
    { keep },
  )
  tell(context, loaded)
  return { changes, kept: existsSync(keep) ? keep : undefined }
}

async function parsedImport(file: string): Promise<Progress> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new UsageError(code === 'ENOENT' ? `${file}: no such file.` : `${file} cannot be read (${code}).`)
  }
  const parsed = parseProgress(text)
  if (parsed.kind === 'good') return parsed.progress
  throw new UsageError(
    parsed.kind === 'newer'
      ? `${file} was written by a newer workbook (schema ${parsed.schema}). Update this one first (git pull). Nothing was changed.`
      : `${file} is no progress file (${parsed.why}). Nothing was changed.`,
  )
}

/**
 * Writes what can be shown to somebody: an HTML file with everything in it, or its JSON alone where the name ends in `.json`.
 * @throws EnvironmentTrouble
 */
export async function reportProgress(context: Context, file: string): Promise<ShareableReport> {
  const view = await viewProgress(context)
  for (const note of view.notes) context.progress(note)
  const { version } = JSON.parse(await readFile(path.join(context.root, 'package.json'), 'utf8')) as { version: string }
  const report = shareableOf(view, { name: 'full-stack-workbook', version }, now())
  await writeFileOf(file, file.endsWith('.json') ? `${JSON.stringify(report, null, 2)}\n` : reportHtml(report))
  return report
}

/** Writes a file that a person named. */
async function writeFileOf(file: string, text: string): Promise<void> {
  try {
    await writeAtomic(file, text)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new EnvironmentTrouble(`${file} cannot be written (${code}).`, 'Choose a folder that you may write in.')
  }
}
