/** An exercise of a lesson: a program without services, whose functions are called. */
import { Endless, NoAnswer, Program } from '../../../workbook/browser/host/program.ts'
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
import type { Files, RunRequest, Subject, Trouble } from './subject.ts'
import { NotLoaded, within } from './within.ts'
import { resultText, saidBy, troubleIn, troubleText } from './words.ts'

/** How long a program may take until it is evaluated, its Worker's own start included. */
const START_MS = 15_000
/** How long one call may take. */
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

/** @param id `X1.3`; @param slug folder in labs/exercises; @param names its files, in order */
export async function loadExercise(id: string, slug: string, names: readonly string[]): Promise<Subject> {
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
    warm: async () => void (await openSmall()),
    run: (request) => runExercise(slug, names[0] ?? '', checks, request).catch(saidBy),
    solution: () => within(textsOf(solutions, 'solution'), 'The solution'),
  }
}

async function runExercise(
  slug: string,
  entry: string,
  all: readonly AnyExerciseCheck[],
  { files, ids, seed, signal, tell }: RunRequest,
): Promise<void> {
  const { sandbox, script } = await openSmall()
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
  const since = performance.now()
  const trouble = await program.within(program.ran, START_MS).then(
    () => undefined,
    (error: unknown): Trouble => {
      // A program that is ended says of itself that it ended, and may be heard first.
      if (error instanceof Endless || isOver(since, START_MS))
        return { kind: 'endless', message: new Endless(START_MS).message }
      const known = troubleIn(error)
      if (known === undefined) throw error
      return known
    },
  )
  if (trouble === undefined) return callOf(program, CALL_MS)
  tell({ type: 'trouble', trouble })
  return () => Promise.reject(new CallTrouble('load', troubleText(trouble)))
}

const isOver = (since: number, ms: number) => performance.now() - since >= ms - 1

/** Calls of a program, in the words of the grader. */
export function callOf(program: Pick<Program, 'call'>, ms: number): Call {
  return async (name, ...args) => {
    const since = performance.now()
    const outcome = await program.call(name, args, ms).catch((error: unknown) => {
      if (isOver(since, ms)) throw new CallTrouble('timeout', new Endless(ms).message)
      if (error instanceof Endless || error instanceof NoAnswer) throw new CallTrouble('timeout', error.message)
      throw error
    })
    if ('value' in outcome) return outcome
    const { thrown } = outcome
    // What the Worker says where there is no such function, and where a value is none that can be copied.
    if (thrown.message === `The file exports no function named ${name}.`)
      throw new CallTrouble('no-export', thrown.message)
    if (thrown.name === 'DataCloneError') throw new CallTrouble('no-copy', thrown.message)
    return { thrown: { name: thrown.name, message: thrown.message } }
  }
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
