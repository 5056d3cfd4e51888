/** Small programs of our own that outlive the command that starts them: started with settings, and asked for what they came to. */
import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { endGroup, isAlive, type ProcessId, spawnDetached } from './child.ts'
import { readJson, writeAtomic } from './files.ts'
import { readFrom, sizeOf } from './log-file.ts'
import { EnvironmentTrouble } from './types.ts'

const START_MS = 15_000
/** The one variable by which a helper gets its settings: words of a command line can be read by everybody. */
const VARIABLE = 'HELPER'

interface Order<S> {
  /** Where the answer is to be written. */
  file: string
  settings: S
}

/**
 * Starts a helper and waits until it answers.
 * @param script module that calls `answer`
 * @param place `folder` for its answer, `log` for what it prints
 * @throws EnvironmentTrouble when it ends before that, or says nothing for 15 s
 */
export async function startHelper<S, A>(
  script: URL,
  settings: S,
  place: { what: string; folder: string; log: string; signal?: AbortSignal },
): Promise<A & { id: ProcessId }> {
  const file = path.join(place.folder, `helper-${randomBytes(4).toString('hex')}.json`)
  const order: Order<S> = { file, settings }
  const before = await sizeOf(place.log)
  const child = await spawnDetached(
    [process.execPath, '--disable-warning=ExperimentalWarning', fileURLToPath(script)],
    {
      cwd: path.parse(process.cwd()).root,
      env: { PATH: process.env.PATH ?? '', [VARIABLE]: JSON.stringify(order) },
      log: place.log,
    },
  )
  const id = { pid: child.pid, started: child.started }
  try {
    const until = performance.now() + START_MS
    while (true) {
      place.signal?.throwIfAborted()
      const found = await readJson<A>(file)
      if (found !== undefined) return { ...found, id }
      if (performance.now() > until || !(await isAlive(child)))
        throw new EnvironmentTrouble(
          `${place.what} did not start.`,
          'Its last lines are above. Run this again; if it stays so, it is a mistake of the workbook.',
          (await readFrom(place.log, before)).slice(-8),
        )
      await sleep(15)
    }
  } catch (error) {
    await endGroup(child, 'SIGKILL')
    throw error
  } finally {
    await rm(file, { force: true })
  }
}

/** In a helper: does the work, and tells what came of it. What it throws is printed and ends it. */
export async function answer<S, A extends object>(work: (settings: S) => Promise<A>): Promise<void> {
  const { file, settings } = JSON.parse(process.env[VARIABLE] ?? '{}') as Order<S>
  await writeAtomic(file, JSON.stringify(await work(settings)))
}
