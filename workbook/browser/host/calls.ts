/** Calls of a program's functions, in the words of the grader. */
import { type Call, CallTrouble } from '../../grader/core/exercise.ts'
import { Endless, NoAnswer, type Program } from './program.ts'

/** A program that is ended says of itself that it ended, and may be heard before whoever ended it. @param since of `performance.now` */
export const isOver = (since: number, ms: number) => performance.now() - since >= ms - 1

/** @param ms how long one call may take */
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
