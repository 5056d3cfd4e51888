/** `main.ts <command> [words]`: finds the command, gives it a way to be interrupted, and turns what it throws into a sentence and an exit code. */
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { CatalogError, didYouMean, UnknownLab } from '../catalog/index.ts'
import { cut } from '../grader/core/exchange.ts'
import { UnknownCheck } from '../grader/load.ts'
import { UsageError } from '../session/usage.ts'
import { EnvironmentTrouble } from '../stack/types.ts'
import { StateError } from '../workspace/states.ts'
import { interruption } from './interrupt.ts'

export interface Invocation {
  root: string
  words: string[]
  signal: AbortSignal
}

/** Runs with these words and gives the exit code. Loaded when it is asked for: the first verdict should not wait for the code of the others. */
type Command = () => Promise<{ default: (invocation: Invocation) => Promise<number> }>

const commands: Record<string, Command> = {
  start: () => import('./start.ts'),
  lab: () => import('./lab.ts'),
  check: () => import('./check.ts'),
  verify: () => import('./verify.ts'),
  progress: () => import('./progress.ts'),
  report: () => import('./report.ts'),
  doctor: () => import('./doctor.ts'),
  test: () => import('./test.ts'),
  bench: () => import('./bench.ts'),
  'lint-course': () => import('./lint-course.ts'),
}

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..')
const [name = '', ...words] = process.argv.slice(2)
const signal = interruption()
process.exitCode = await run()

async function run(): Promise<number> {
  const command = commands[name]
  if (command === undefined) {
    const near = didYouMean(name, Object.keys(commands))
    process.stderr.write(`There is no command "${name}".${near ? ` Did you mean ${near}?` : ''}\n`)
    return 2
  }
  try {
    return await (await command()).default({ root, words, signal })
  } catch (error) {
    if (signal.aborted) {
      process.stderr.write('Interrupted.\n')
      return 130
    }
    return explain(error)
  }
}

function explain(error: unknown): number {
  if (error instanceof EnvironmentTrouble) {
    process.stderr.write(
      `${[...error.log.map((line) => `  ${cut(line, 400)}`), error.message, error.remedy].join('\n')}\n`,
    )
    return 3
  }
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOSPC') {
    process.stderr.write(
      'The disk is full. Free at least 1 GB and run this again; nothing that you wrote was touched.\n',
    )
    return 3
  }
  const usage =
    error instanceof UsageError ||
    error instanceof UnknownLab ||
    error instanceof UnknownCheck ||
    error instanceof StateError ||
    error instanceof CatalogError
  // parseArgs says what is wrong with a flag in a sentence of its own.
  const flags = error instanceof TypeError && (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS')
  if (usage || flags) {
    process.stderr.write(`${(error as Error).message}\n`)
    return 2
  }
  process.stderr.write(
    `This is a mistake of the workbook itself:\n${error instanceof Error ? error.stack : String(error)}\n`,
  )
  return 4
}
