/** A lab in the page: its own files, graded on a database that runs in the page too. */
import { labs } from 'virtual:run-files'
import { gradeInPage } from '../../../workbook/browser/host/grade.ts'
import { type PageLab, StackFailed } from '../../../workbook/browser/host/stack.ts'
import type { CourseJson } from '../../../workbook/catalog/index.ts'
import { isChangedInPage } from '../../../workbook/catalog/page-files.ts'
import type { AnyCheck } from '../../../workbook/grader/core/check.ts'
import { jsonOf } from './fetched.ts'
import { withNeeds } from './needs.ts'
import { overheard } from './requests.ts'
import { closeRuntime, openRuntime, warmUp } from './runtime.ts'
import type { Files, RunRequest, Subject } from './subject.ts'
import { NotLoaded, within } from './within.ts'
import { resultText, saidBy, troubleOf } from './words.ts'

/** What the build writes of a lab for its page. */
export interface LabData {
  lab: PageLab
  /** The starter: what a program in the page can read or run. */
  files: Files
  /** Files that the learner changes first, in order. */
  open: string[]
}

/** A run of which nothing is heard for so long is ended: what waits in it has no deadline of its own. */
const SILENT_MS = 60_000

const checkFiles = import.meta.glob<Record<string, unknown>>('../../../labs/*/checks/*.check.ts')

/** @param id `L03` */
export async function loadLab(id: string): Promise<Subject> {
  const names = labs[id]
  if (names === undefined) throw new NotLoaded(`${id} has no files for the page in this copy of the course.`)
  const [data, checks] = await Promise.all([jsonOf<LabData>(names.data), within(checksOf(id), 'The checks')])
  return {
    id,
    starter: data.files,
    open: data.open,
    checks: checks.map(({ id, title, level }) => ({ id, title, level })),
    editable: isChangedInPage,
    grows: true,
    select: (ids) => withNeeds(checks, ids).map((check) => check.id),
    warm: warmUp,
    run: (request) => runLab(data.lab, checks, request).catch(saidBy),
    solution: async () => {
      const files = await jsonOf<Files>(names.solution)
      return Object.fromEntries(Object.entries(files).filter(([name, text]) => data.files[name] !== text))
    },
  }
}

/** The lab's own checks alone, in the order of their ids. */
async function checksOf(id: string): Promise<AnyCheck[]> {
  const prefix = `../../../labs/${id.slice(1)}-`
  const modules = await Promise.all(
    Object.entries(checkFiles).flatMap(([file, load]) => (file.startsWith(prefix) ? [load()] : [])),
  )
  const checks = modules.flatMap((module) => Object.values(module)).filter(isCheck)
  return checks.sort((a, b) => a.id.localeCompare(b.id))
}

const isCheck = (value: unknown): value is AnyCheck =>
  typeof value === 'object' && value !== null && 'claims' in value && 'run' in value && 'diagnose' in value

async function runLab(lab: PageLab, all: AnyCheck[], request: RunRequest): Promise<void> {
  const { files, ids, seed, signal } = request
  const runtime = await openRuntime(lab.services)
  if (signal.aborted) return
  const silence = watchSilence(SILENT_MS)
  const tell: RunRequest['tell'] = (event) => {
    silence.heard()
    if (!signal.aborted) request.tell(event)
  }
  const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  const graded = gradeInPage({
    runtime: { ...runtime, sandbox: overheard(runtime.sandbox, (entry) => tell({ type: 'request', entry })) },
    lab,
    files,
    checks: withNeeds(all, ids),
    course: courseOf(files),
    seed,
    signal,
    onResult: (result) => tell({ type: 'result', result, text: resultText(result) }),
    onLines: (program, lines, dropped) => tell({ type: 'lines', program, lines, dropped }),
  })
  graded.catch(() => {})
  try {
    await Promise.race([graded, silence.over, stopped])
  } catch (error) {
    if (error instanceof StackFailed && error.trouble !== undefined)
      tell({ type: 'trouble', trouble: troubleOf(error.trouble) })
    throw error
  } finally {
    silence.end()
    // Whatever of it is still under way has nobody to tell it to end.
    if (signal.aborted || silence.isOver()) await closeRuntime()
  }
}

/** @throws NotLoaded with what is wrong, where course.json cannot be read */
function courseOf(files: Files): CourseJson {
  try {
    return JSON.parse(files['course.json'] ?? '{}') as CourseJson
  } catch (error) {
    throw new NotLoaded(`course.json cannot be read: ${(error as Error).message}`)
  }
}

/** `over` is rejected once nothing was heard for so long. */
export function watchSilence(ms: number) {
  let timer: ReturnType<typeof setTimeout>
  let isOver = false
  let heard = () => {}
  const over = new Promise<never>((_, reject) => {
    heard = () => {
      clearTimeout(timer)
      timer = setTimeout(() => {
        isOver = true
        reject(new NotLoaded(`Nothing happened for ${ms / 1000} s, so everything was stopped. Check again.`))
      }, ms)
    }
  })
  over.catch(() => {})
  heard()
  return { over, heard: () => heard(), isOver: () => isOver, end: () => clearTimeout(timer) }
}
