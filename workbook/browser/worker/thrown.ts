/** What was thrown, as it can be told in the page. */
import type { ProgramTrouble, Thrown } from '../protocol.ts'
import { OWN, TroubleError } from './modules.ts'

/** Frames in the program's own files, nearest first: `at f (/app/src/x.ts:3:7)`. Engines write stacks in two ways. */
export function ownFrames(stack: string): string[] {
  return stack.split('\n').flatMap((line) => {
    const at = line.indexOf(OWN)
    if (at < 0) return []
    const [, file, row, column] = /^([^()]+?):(\d+):(\d+)/.exec(line.slice(at + OWN.length)) ?? []
    if (file === undefined) return []
    const name = /^\s*at (?:async )?([^\s(]+) \(/.exec(line)?.[1] ?? /^([^@/]+)@/.exec(line)?.[1]
    const place = `${file}:${row}:${column}`
    return [name === undefined || name.startsWith('eval') ? `at (${place})` : `at ${name} (${place})`]
  })
}

export function thrownOf(error: unknown): Thrown {
  if (!(error instanceof Error)) return { name: typeof error, message: String(error), stack: [] }
  const { name, message, stack = '' } = error
  const code = (error as { code?: unknown }).code
  return { name, message, ...(typeof code === 'string' ? { code } : {}), stack: ownFrames(stack) }
}

/** Why a program did not come to run: what its loader says, or what it threw, with the first place of its own. */
export function troubleOf(error: unknown): ProgramTrouble {
  if (error instanceof TroubleError) return error.trouble
  const { name, message, code, stack } = thrownOf(error)
  const [, file, line, column] = /\((?:program:)?([^()]+):(\d+):(\d+)\)$/.exec(stack[0] ?? '') ?? []
  return {
    kind: code === 'ERR_NOT_IN_THE_PAGE' ? 'not-offered' : 'threw',
    message: code === 'ERR_NOT_IN_THE_PAGE' ? message : `${name}: ${message}`,
    ...(file === undefined ? {} : { file: file.replace(OWN, ''), line: Number(line), column: Number(column) }),
  }
}
