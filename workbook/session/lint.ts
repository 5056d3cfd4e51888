/** Everything that can be wrong with the content without running it. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import {
  type Catalog,
  CatalogError,
  didYouMean,
  type Exercise,
  formatProblem,
  type Lab,
  loadCatalog,
} from '../catalog/index.ts'
import type { AnyCheck, Diagnosis } from '../grader/core/check.ts'
import { type AnyExerciseCheck, generalExerciseDiagnoses } from '../grader/core/exercise.ts'
import { generalDiagnoses } from '../grader/diagnose.ts'
import { loadChecks, loadExerciseChecks, ungradedClauses } from '../grader/load.ts'
import { buildState, exerciseProgram } from '../workspace/materialise.ts'
import {
  alternateIds,
  cheatIds,
  loadAlternate,
  loadCheat,
  loadMutant,
  mutantIds,
  recipeOf,
  tracksOfAlternate,
  tracksOfMutant,
} from '../workspace/states.ts'

/** Longest explanation, in words: what a learner reads between two tries. */
const WHY_WORDS = 160

/** All mistakes, each one a line with its place. */
export async function lintCourse(root: string): Promise<string[]> {
  let catalog: Catalog
  try {
    catalog = await loadCatalog(root)
  } catch (error) {
    if (!(error instanceof CatalogError)) throw error
    return error.problems.map(formatProblem)
  }
  const anchors = await anchorsOf(root, catalog)
  const problems = [
    ...prerequisiteProblems(catalog),
    ...(await linkProblems(root, catalog, anchors)),
    ...(await quizProblems(root, catalog)),
  ]
  for (const lab of catalog.labs) problems.push(...(await labProblems(root, lab, anchors)))
  for (const exercise of catalog.exercises) {
    problems.push(...exerciseProblems(exercise, await loadExerciseChecks(exercise), anchors))
    for (const { id } of exercise.mutants)
      await exerciseProgram(exercise, `mutants/${id}`).catch((error: Error) => problems.push(error.message))
  }
  return problems
}

/** How many mutants at least show that a check can fail. */
const MUTANTS = 2

/** What is wrong with the checks and mutants of an exercise, without running them. */
export function exerciseProblems(
  { slug, mutants }: Pick<Exercise, 'slug' | 'mutants'>,
  checks: readonly AnyExerciseCheck[],
  anchors: Map<string, Set<string>>,
): string[] {
  const where = `labs/exercises/${slug}`
  const problems: string[] = []
  for (const { id, killedBy, diagnosis } of mutants) {
    const check = checks.find((c) => c.id === killedBy)
    const known = [...(check?.diagnose ?? []).map((d) => d.id), ...generalExerciseDiagnoses]
    if (check === undefined)
      problems.push(
        `${where}/mutants.yaml: ${id}: there is no check ${killedBy}.${suggest(
          killedBy,
          checks.map((c) => c.id),
        )}`,
      )
    else if (!known.includes(diagnosis))
      problems.push(
        `${where}/mutants.yaml: ${id}: ${killedBy} has no diagnosis "${diagnosis}".${suggest(diagnosis, known)}`,
      )
  }
  for (const check of checks) {
    const own = mutants.filter((mutant) => mutant.killedBy === check.id)
    if (own.length < MUTANTS)
      problems.push(
        `${where}/mutants.yaml: ${check.id} is to fail for ${MUTANTS} mutants at least, and has ${own.length}`,
      )
    for (const { id } of check.diagnose)
      if (!own.some((mutant) => mutant.diagnosis === id))
        problems.push(
          `${where}/checks.ts (${check.id}): no mutant is recognised as "${id}": nothing shows that this diagnosis is ever told`,
        )
    problems.push(...lessonProblems(`${where}/checks.ts (${check.id})`, check.lesson, anchors))
    problems.push(...wordProblems(`${where}/checks.ts (${check.id})`, check.diagnose))
  }
  return problems
}

/** The place of the course that a check names is there. */
function lessonProblems(where: string, lesson: string, anchors: Map<string, Set<string>>): string[] {
  const [page = '', anchor = ''] = lesson.split('#')
  const there = anchors.get(`/${page}/`)
  if (there === undefined) return [`${where}: lesson: there is no page /${page}/`]
  if (there.has(anchor)) return []
  return [`${where}: lesson: the page /${page}/ has no heading #${anchor}.${suggest(anchor, there)}`]
}

/** No explanation is too long to be read between two tries. */
function wordProblems(where: string, diagnoses: readonly Pick<Diagnosis, 'id' | 'why' | 'hints'>[]): string[] {
  return diagnoses.flatMap((d) =>
    [d.why, ...d.hints]
      .filter((text) => text.split(/\s+/).length > WHY_WORDS)
      .map(() => `${where}: diagnosis ${d.id}: more than ${WHY_WORDS} words`),
  )
}

/** What a failure of this check may be called. */
const diagnosesOf = (check: AnyCheck) => [...(check.diagnose as Diagnosis[]).map((d) => d.id), ...generalDiagnoses]

async function labProblems(root: string, lab: Lab, anchors: Map<string, Set<string>>): Promise<string[]> {
  const file = `labs/${lab.folder}`
  const checks = await loadChecks(lab)
  const problems = ungradedClauses(lab, checks).map((id) => `${file}/lab.yaml: no check asserts the clause ${id}`)
  for (const check of checks) problems.push(...checkProblems(file, lab, check, anchors))
  const mutants = await Promise.all((await mutantIds(root, lab)).map((id) => loadMutant(root, lab, id)))
  for (const mutant of mutants) {
    const where = `solutions/${lab.folder}/mutants/${mutant.id}/mutant.yaml`
    const check = checks.find((c) => c.id === mutant.killedBy)
    if (check === undefined) problems.push(`${where}: killedBy: there is no check ${mutant.killedBy}`)
    else if (!diagnosesOf(check).includes(mutant.diagnosis)) {
      const near = didYouMean(mutant.diagnosis, diagnosesOf(check))
      problems.push(
        `${where}: diagnosis: ${check.id} has no diagnosis "${mutant.diagnosis}".${near ? ` Did you mean "${near}"?` : ''}`,
      )
    }
    const tracks = tracksOfMutant(lab, mutant)
    if (tracks.length === 0)
      problems.push(`${where}: there is no patch beside it: ${lab.tracks.map((t) => `${t}.patch`).join(' or ')}`)
    for (const track of tracks)
      await buildState(root, lab, { kind: 'mutant', id: mutant.id }, track).catch((error: Error) =>
        problems.push(`${where}: ${error.message}`),
      )
  }
  for (const track of lab.tracks)
    for (const kind of ['starter', 'solution'] as const)
      await buildState(root, lab, { kind }, track).catch((error: Error) =>
        problems.push(`${file}/lab.yaml: tracks: ${track}: ${error.message}`),
      )
  for (const check of checks) {
    for (const { id } of check.diagnose as Diagnosis[]) {
      if (!mutants.some((m) => m.killedBy === check.id && m.diagnosis === id))
        problems.push(
          `${file}/checks (${check.id}): no mutant is recognised as "${id}": nothing shows that this diagnosis is ever told`,
        )
    }
  }
  for (const id of await alternateIds(root, lab)) {
    const tracks = tracksOfAlternate(lab, await loadAlternate(root, lab, id))
    if (tracks.length === 0)
      problems.push(`solutions/${lab.folder}/alternates/${id}/alternate.yaml: track: the lab has no such track`)
    for (const track of tracks) await recipeOf(root, lab, { kind: 'alternate', id }, track)
  }
  for (const id of await cheatIds(root, lab)) {
    const cheat = await loadCheat(root, lab, id)
    for (const track of lab.tracks.slice(0, 1)) await recipeOf(root, lab, { kind: 'cheat', id }, track)
    for (const check of cheat.passes.filter((c) => !checks.some((known) => known.id === c)))
      problems.push(`solutions/${lab.folder}/cheats/${id}/cheat.yaml: passes: there is no check ${check}`)
  }
  return problems
}

function checkProblems(file: string, lab: Lab, check: AnyCheck, anchors: Map<string, Set<string>>): string[] {
  const where = `${file}/checks (${check.id})`
  const problems = lessonProblems(where, check.lesson, anchors)
  const sources = lab.sources.map((s) => s.id)
  for (const id of check.sources)
    if (!sources.includes(id))
      problems.push(`${where}: sources: "${id}" is not among the sources of lab.yaml.${suggest(id, sources)}`)
  for (const capability of check.capabilities)
    if (!lab.capabilities.includes(capability))
      problems.push(`${where}: capabilities: ${capability} is not among those of lab.yaml`)
  problems.push(...wordProblems(where, check.diagnose as Diagnosis[]))
  return problems
}

const suggest = (word: string, known: Iterable<string>) => {
  const near = didYouMean(word, known)
  return near === undefined ? '' : ` Did you mean "${near}"?`
}

function prerequisiteProblems(catalog: Catalog): string[] {
  // L00 is the preflight and has no folder.
  const known = ['L00', ...catalog.labs.map((l) => l.id)]
  const missing = catalog.labs.flatMap((lab) =>
    lab.requires
      .filter((id) => !known.includes(id))
      .map((id) => `labs/${lab.folder}/lab.yaml: requires: there is no lab ${id}`),
  )
  const later = catalog.labs.flatMap((lab) =>
    lab.requires
      .filter((id) => id >= lab.id)
      .map((id) => `labs/${lab.folder}/lab.yaml: requires: ${id} does not come before ${lab.id}`),
  )
  const grounds = catalog.labs.flatMap((lab) =>
    lab.after
      .filter((id) => id >= lab.id || !catalog.labs.some((other) => other.id === id))
      .map((id) => `labs/${lab.folder}/lab.yaml: after: ${id} is no lab before ${lab.id}`),
  )
  return [...missing, ...later, ...grounds]
}

/** Headings of every page as the site gives them anchors (github-slugger's rule: lower case, no punctuation, hyphens). */
async function anchorsOf(root: string, catalog: Catalog): Promise<Map<string, Set<string>>> {
  const pages = new Map<string, Set<string>>()
  for (const lesson of catalog.modules.flatMap((m) => m.lessons)) {
    const text = withoutCode(await readFile(path.join(root, lesson.file), 'utf8'))
    const headings = [...text.matchAll(/^#{2,4} +(.+)$/gm)].map(([, heading]) => slugOf(heading ?? ''))
    const lab = catalog.labs.find((l) => l.id === lesson.lab)
    const clauses =
      text.includes('<Contract') && lab !== undefined ? lab.contract.map((c) => c.id.replace('.', '-')) : []
    pages.set(lesson.path, new Set([...headings, ...clauses]))
  }
  return pages
}

/** Code blocks emptied, their lines kept: line numbers stay true. */
const withoutCode = (text: string) => text.replace(/^(```|~~~)[\s\S]*?^\1/gm, (block) => block.replace(/[^\n]/g, ''))

const slugOf = (heading: string) =>
  heading
    .replace(/[`*_]/g, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s-]/gu, '')
    .trim()
    .replace(/\s/g, '-')

/** Links from page to page: the page and the heading exist; images have a text. */
async function linkProblems(root: string, catalog: Catalog, anchors: Map<string, Set<string>>): Promise<string[]> {
  const problems: string[] = []
  for (const lesson of catalog.modules.flatMap((m) => m.lessons)) {
    const text = withoutCode(await readFile(path.join(root, lesson.file), 'utf8'))
    for (const match of text.matchAll(/\]\((\/[^)\s]*)\)|href="(\/[^"]*)"/g)) {
      const target = match[1] ?? match[2] ?? ''
      const [page = '', anchor] = target.split('#')
      const line = text.slice(0, match.index).split('\n').length
      const there = anchors.get(page)
      if (
        there === undefined &&
        !existsSync(path.join(root, 'site', 'pages', `${page.replaceAll('/', '') || 'index'}.astro`))
      ) {
        problems.push(`${lesson.file}:${line}: the link ${target} leads to no page.${suggest(page, anchors.keys())}`)
      } else if (there !== undefined && anchor !== undefined && !there.has(anchor))
        problems.push(`${lesson.file}:${line}: the page ${page} has no heading #${anchor}.${suggest(anchor, there)}`)
    }
    for (const match of text.matchAll(/!\[\]\(/g))
      problems.push(
        `${lesson.file}:${text.slice(0, match.index).split('\n').length}: an image without a text that stands for it`,
      )
  }
  return problems
}

/** A page shows each of its quizzes once, and no other; what a quiz itself must have, the catalogue says. */
async function quizProblems(root: string, catalog: Catalog): Promise<string[]> {
  const chosen = new Set(catalog.exercises.flatMap(({ products }) => products.map(({ id }) => id)))
  const problems: string[] = []
  for (const lesson of catalog.modules.flatMap((m) => m.lessons)) {
    const source = await readFile(path.join(root, lesson.file), 'utf8')
    problems.push(
      ...quizProblemsOf(
        lesson.file,
        source,
        lesson.quizzes.map((quiz) => quiz.id).filter((id) => !chosen.has(id)),
      ),
      ...exercisePlaceProblems(lesson.file, source, lesson.id, catalog.exercises),
    )
  }
  return problems
}

/**
 * @param file as it is named in messages
 * @param source the whole MDX
 * @param ids of the quizzes in its frontmatter
 */
export function quizProblemsOf(file: string, source: string, ids: string[]): string[] {
  const text = withoutCode(source).replace(/`[^`\n]*`/g, (span) => ' '.repeat(span.length))
  const lineAt = (index: number) => text.slice(0, index).split('\n').length
  const problems: string[] = []
  const shown = new Set<string>()
  for (const match of text.matchAll(/<Quiz\b([^>]*)>/g)) {
    const where = `${file}:${lineAt(match.index)}`
    const id = /\bid=["']([^"']*)["']/.exec(match[1] ?? '')?.[1]
    if (id === undefined) problems.push(`${where}: a <Quiz> without id="…"`)
    else if (!ids.includes(id))
      problems.push(`${where}: <Quiz id="${id}">: the quizzes of the frontmatter have no such id.${suggest(id, ids)}`)
    else if (shown.has(id)) problems.push(`${where}: <Quiz id="${id}"> stands on the page already`)
    if (id !== undefined) shown.add(id)
  }
  for (const id of ids.filter((quiz) => !shown.has(quiz))) {
    const index = source.search(new RegExp(`id:\\s*["']?${id}["']?\\s*$`, 'm'))
    problems.push(
      `${file}:${lineAt(Math.max(0, index))}: the quiz "${id}" is not shown: place <Quiz id="${id}" /> on the page`,
    )
  }
  return problems
}

/**
 * `<Exercise id="X1.3" />` and `<Choices id="X1.1" />` stand on the page of their lesson, the first for code, the second for a choice, once.
 * @param file as it is named in messages
 * @param source the whole MDX
 * @param lesson id of the page
 */
export function exercisePlaceProblems(
  file: string,
  source: string,
  lesson: string,
  exercises: readonly Pick<Exercise, 'id' | 'lesson' | 'files'>[],
): string[] {
  const text = withoutCode(source).replace(/`[^`\n]*`/g, (span) => ' '.repeat(span.length))
  const problems: string[] = []
  const shown = new Set<string>()
  for (const match of text.matchAll(/<(Exercise|Choices)\b([^>]*)>/g)) {
    const where = `${file}:${text.slice(0, match.index).split('\n').length}`
    const id = /\bid=["']([^"']*)["']/.exec(match[2] ?? '')?.[1]
    const tag = `<${match[1]} id="${id ?? '…'}">`
    const exercise = exercises.find((known) => known.id === id)
    const component = exercise?.files.length === 0 ? 'Choices' : 'Exercise'
    if (id === undefined) problems.push(`${where}: a <${match[1]}> without id="…"`)
    else if (exercise === undefined)
      problems.push(
        `${where}: ${tag}: there is no such exercise.${suggest(
          id,
          exercises.map((known) => known.id),
        )}`,
      )
    else if (exercise.lesson !== lesson)
      problems.push(`${where}: ${tag} belongs to lesson ${exercise.lesson}, and this is ${lesson}`)
    else if (component !== match[1]) problems.push(`${where}: ${tag}: it is shown by <${component} id="${id}" />`)
    else if (shown.has(id)) problems.push(`${where}: ${tag} stands on the page already`)
    if (id !== undefined) shown.add(id)
  }
  return problems
}
