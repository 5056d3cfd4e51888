/** An exercise of a lesson: a program without services, whose functions are called. */
import { callOf, isOver } from '../../../workbook/browser/host/calls.ts'
import { Endless, Program } from '../../../workbook/browser/host/program.ts'
import type { Sandbox } from '../../../workbook/browser/host/sandbox.ts'
import {
  type AnyExerciseCheck,
  type Call,
  CallTrouble,
  type ExerciseResult,
  gradeExercise,
  timelineOf,
} from '../../../workbook/grader/core/exercise.ts'
import { withNeeds } from './needs.ts'
import { openSmall } from './runtime.ts'
import type { Files, Place, RunRequest, Subject, Trouble } from './subject.ts'
import { NotLoaded, within } from './within.ts'
import { resultText, saidBy, troubleIn, troubleText } from './words.ts'

/** How long a program's Worker may take until it is there. */
const START_MS = 15_000
/** How long the evaluation of a program may take, and one call. */
const CALL_MS = 5_000

const checkFiles = import.meta.glob<{ default: AnyExerciseCheck[] }>('../../../labs/exercises/*/checks.ts')
const starters = import.meta.glob<string>('../../../labs/exercises/*/starter/*.ts', {
  query: '?raw',
  import: 'default',
})
const solutions = import.meta.glob<string>('../../../labs/exercises/*/solution/*.ts', {
  query: '?raw',
  import: 'default',
})

/** Opens what runs the programs of exercises. @param tell what it says of where that is */
export type Opening = (tell: (place: Place) => void) => Promise<{ sandbox: Sandbox; script: string }>

/**
 * @param id `X1.3`
 * @param slug folder in labs/exercises
 * @param names its files, in order
 * @param open where its programs run; in this page, unless something else is chosen
 */
export async function loadExercise(
  id: string,
  slug: string,
  names: readonly string[],
  open: Opening = openSmall,
): Promise<Subject> {
  const folder = `../../../labs/exercises/${slug}`
  const load = checkFiles[`${folder}/checks.ts`]
  if (load === undefined) throw new NotLoaded(`The exercise ${id} has no checks in this copy of the course.`)
  const textsOf = async (from: Record<string, () => Promise<string>>, state: string): Promise<Files> =>
    Object.fromEntries(
      await Promise.all(
        names.map(async (name) => [name, (await from[`${folder}/${state}/${name}`]?.()) ?? ''] as const),
      ),
    )
  const [{ default: checks }, starter] = await within(
    Promise.all([load(), textsOf(starters, 'starter')]),
    'The exercise',
  )
  return {
    id,
    starter,
    open: names,
    checks: checks.map(({ id, title }) => ({ id, title, level: 'core' })),
    editable: (path) => names.includes(path),
    grows: false,
    select: (ids) => withNeeds(checks, ids).map((check) => check.id),
    warm: async (tell) => void (await open(tell)),
    run: (request) => runExercise(open, slug, names[0] ?? '', checks, request).catch(saidBy),
    solution: () => within(textsOf(solutions, 'solution'), 'The solution'),
  }
}

async function runExercise(
  open: Opening,
  slug: string,
  entry: string,
  all: readonly AnyExerciseCheck[],
  { files, ids, seed, signal, tell }: RunRequest,
): Promise<void> {
  const { sandbox, script } = await open((place) => tell({ type: 'place', place }))
  if (signal.aborted) return
  const program = new Program({
    sandbox,
    script,
    name: slug,
    spec: { files, entry, cwd: '/app', env: {}, services: [] },
    dial: (_service, port) => port.close(),
    onLines: (lines, dropped) => tell({ type: 'lines', program: slug, lines, dropped }),
  })
  const stop = () => program.end()
  signal.addEventListener('abort', stop, { once: true })
  try {
    const call = await loaded(program, tell)
    for await (const result of gradeExercise(withNeeds(all, ids), call, seed)) {
      if (signal.aborted) return
      tell(told(result))
    }
  } finally {
    signal.removeEventListener('abort', stop)
    program.end()
  }
}

/** The way to call the program's functions; where it does not load, every call says why. */
async function loaded(program: Program, tell: RunRequest['tell']): Promise<Call> {
  const trouble = await evaluated(program).catch((error: unknown): Trouble => {
    if (error instanceof Endless) return { kind: 'endless', message: error.message }
    const known = troubleIn(error)
    if (known === undefined) throw error
    return known
  })
  if (trouble === undefined) return callOf(program, CALL_MS)
  tell({ type: 'trouble', trouble })
  return () => Promise.reject(new CallTrouble('load', troubleText(trouble)))
}

/** @throws Endless, ProgramFailed; NotLoaded where no Worker came */
async function evaluated(program: Program): Promise<void> {
  await within(program.begins, 'What runs the program', START_MS)
  const since = performance.now()
  await program.within(program.ran, CALL_MS).catch((error: unknown) => {
    throw isOver(since, CALL_MS) ? new Endless(CALL_MS) : error
  })
}

function told(result: ExerciseResult): Parameters<RunRequest['tell']>[0] {
  const { failure, ...rest } = result
  if (failure === undefined) return { type: 'result', result: rest, text: resultText(rest) }
  const { trace, ...plain } = failure
  const whole = { ...rest, failure: plain }
  return {
    type: 'result',
    result: whole,
    text: resultText(whole),
    ...(trace === undefined || trace.length === 0 ? {} : { timeline: timelineOf(trace) }),
  }
}
