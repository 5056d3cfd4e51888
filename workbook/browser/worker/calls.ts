/** A call of a function that a program exports. */
import type { ProgramNews, ProgramOrder } from '../protocol.ts'
import { thrownOf } from './thrown.ts'

/** @param tell throws `DataCloneError` where what came back cannot be copied: then that is what was thrown */
export async function answerCall(
  exports: Readonly<Record<string, unknown>>,
  { id, name, args }: Extract<ProgramOrder, { kind: 'call' }>,
  tell: (news: ProgramNews) => void,
): Promise<void> {
  try {
    const named = exports[name]
    if (typeof named !== 'function') throw new TypeError(`The file exports no function named ${name}.`)
    const value: unknown = await named(...args)
    tell({ kind: 'returned', id, value })
  } catch (error) {
    tell({ kind: 'thrown', id, thrown: thrownOf(error) })
  }
}
