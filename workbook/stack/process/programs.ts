/** The programs of the API: one, or several that serve side by side. All run the same command; their ports differ. */
import { setTimeout as sleep } from 'node:timers/promises'
import { endGroup, isAlive, type ProcessId } from '../child.ts'
import { readFrom } from '../log-file.ts'
import { answersHttp } from '../ready.ts'
import { type ServiceSpec, startService } from './service.ts'

/** Starts one program at each address and waits until all answer. Where one does not, none is left. @throws EnvironmentTrouble */
export async function startPrograms(
  spec: ServiceSpec,
  origins: readonly string[],
  signal: AbortSignal,
): Promise<ProcessId[]> {
  const own = new AbortController()
  const both = AbortSignal.any([signal, own.signal])
  const started = await Promise.allSettled(
    origins.map((origin) =>
      startService({ ...spec, env: { ...spec.env, PORT: new URL(origin).port } }, origin, both).catch((error) => {
        own.abort(error)
        throw error
      }),
    ),
  )
  const ids = started.flatMap((s) => (s.status === 'fulfilled' ? [s.value] : []))
  if (ids.length === origins.length) return ids
  await endPrograms(ids, 'SIGKILL')
  signal.throwIfAborted()
  throw own.signal.reason
}

/** Ends them, all at once. */
export async function endPrograms(ids: readonly ProcessId[], signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  await Promise.all(ids.map((id) => endGroup(id, signal)))
}

export type Life = { alive: true } | { alive: false; detail: string; log: string[] }

/** Does each run and answer? Told of the first that does not. @param log file that all print to */
export async function lifeOf(ids: readonly ProcessId[], origins: readonly string[], log: string): Promise<Life> {
  const states = await Promise.all(origins.map((origin, i) => stateOf(ids[i], origin)))
  const sick = states.findIndex((state) => state !== 'healthy')
  if (sick < 0) return { alive: true }
  const which = origins.length === 1 ? 'The process' : `Program ${sick + 1} of ${origins.length} of the API`
  if (states[sick] === 'exited')
    return {
      alive: false,
      detail: `${which} ended; its last lines are under Log.`,
      log: (await readFrom(log, 0)).slice(-2),
    }
  return { alive: false, detail: `${which} runs and answers nothing, not even /api/health/ready.`, log: [] }
}

/** So long a program may take to end after it closed its port. */
const DYING_MS = 300

/** How one program is. */
export async function stateOf(id: ProcessId | undefined, origin: string): Promise<'healthy' | 'unhealthy' | 'exited'> {
  if (id === undefined || !(await isAlive(id))) return 'exited'
  if (await answersHttp(origin, 2_000)) return 'healthy'
  // One that is about to end has closed its port, and is there for some milliseconds still.
  for (let i = 0; i < 10; i++) {
    if (!(await isAlive(id))) return 'exited'
    await sleep(DYING_MS / 10)
  }
  return 'unhealthy'
}
