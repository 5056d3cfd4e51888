/** From the start of our process to the first verdict, and from a saved file to it. */
import { appendFile } from 'node:fs/promises'
import path from 'node:path'
import { command, VERDICT } from './command.ts'
import { timed } from './figures.ts'
import type { Subject } from './subject.ts'

/** `check` of a whole lab whose stack runs. */
export async function firstVerdict({ lab, dir }: Subject, rounds: number): Promise<number[]> {
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    const from = performance.now()
    const run = command(['check', lab.id, '--dir', dir])
    await run.line(VERDICT)
    times.push(performance.now() - from)
    await run.interrupt()
  }
  return times
}

/** `check --watch`: a source file is saved, the API is started anew, and the first verdict comes. */
export async function savedToVerdict({ lab, dir }: Subject, rounds: number): Promise<number[]> {
  const file = path.join(dir, 'api', 'src', 'server.ts')
  const run = command(['check', lab.id, 'C01', 'C05', 'C08', '--watch', '--dir', dir, '--runtime', 'process'])
  const times: number[] = []
  try {
    await run.line(/^Waiting for a save/m)
    for (let round = 0; round < rounds; round++) {
      // A pause as a person makes one: the last round is over and the watch is idle.
      await new Promise((resolve) => setTimeout(resolve, 1_500))
      times.push(
        await timed(async () => {
          await appendFile(file, '\n')
          await run.line(VERDICT)
        }),
      )
      await run.line(/^Waiting for a save/m)
    }
  } finally {
    await run.interrupt()
  }
  return times
}
