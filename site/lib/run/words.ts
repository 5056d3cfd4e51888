/** Troubles of programs and results, as texts and places that the page shows. */
import { ProgramFailed } from '../../../workbook/browser/host/program.ts'
import { NoSandbox } from '../../../workbook/browser/host/sandbox.ts'
import { StackFailed } from '../../../workbook/browser/host/stack.ts'
import type { ProgramTrouble } from '../../../workbook/browser/protocol.ts'
import type { CheckResult } from '../../../workbook/grader/core/verdict.ts'
import { renderResult } from '../../../workbook/grader/render/terminal.ts'
import type { Trouble } from './subject.ts'
import { NotLoaded } from './within.ts'

/** As the terminal prints it into a file: no colour, 80 columns, every failure whole. */
const LOOK = { colour: false, columns: 80, all: true }

export const resultText = (result: CheckResult): string => renderResult(result, true, LOOK)

/** The current folder of programs, which their messages have before each path. */
const HOME = '/app/'

const bare = (text: string) => text.replaceAll(`file://${HOME}`, '').replaceAll(HOME, '')

/** A trouble with paths as the page knows them. */
export const troubleOf = (trouble: ProgramTrouble): Trouble => ({
  ...trouble,
  message: bare(trouble.message),
  ...(trouble.file === undefined ? {} : { file: bare(trouble.file) }),
})

/** `verify.ts, line 3, column 7: Unexpected token` */
export function troubleText({ file, line, column, message }: Trouble): string {
  const place = [file, line && `line ${line}`, line && column && `column ${column}`].filter(Boolean).join(', ')
  return place === '' ? message : `${place}: ${message}`
}

/** The trouble behind an error of the host, where it is the program's own. */
export function troubleIn(error: unknown): Trouble | undefined {
  if (error instanceof ProgramFailed) return troubleOf(error.trouble)
  return undefined
}

/** Throws what went wrong as a sentence for people; whatever is no sentence is a mistake of ours. */
export function saidBy(error: unknown): never {
  if (error instanceof NotLoaded || error instanceof NoSandbox || error instanceof StackFailed)
    throw new Error(bare(error.message))
  const words = error instanceof Error ? error.message : String(error)
  throw new Error(`This is a mistake of the workbook itself: ${words}. Load the page again; what you wrote is kept.`)
}
