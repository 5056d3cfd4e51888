/** The round-robin before several programs of an API, as a process of its own. */
import path from 'node:path'
import type { ProcessId } from '../child.ts'
import type { Places } from '../files.ts'
import { startHelper } from '../helper.ts'
import type { StackRequest } from '../types.ts'
import type { RoundRobinAnswer, RoundRobinSettings } from './round-robin-program.ts'

/** @param port 0 for any @throws EnvironmentTrouble */
export async function startEdge(
  replicas: string[],
  port: number,
  { name, signal }: Pick<StackRequest, 'name' | 'signal'>,
  places: Places,
): Promise<{ id: ProcessId; origin: string }> {
  const started = await startHelper<RoundRobinSettings, RoundRobinAnswer>(
    new URL('./round-robin-program.ts', import.meta.url),
    { replicas, port },
    {
      what: 'The round-robin before the programs of the API',
      folder: path.join(places.state, 'run', name),
      log: path.join(places.state, 'logs', name, 'edge.log'),
      signal,
    },
  )
  return { id: started.id, origin: `http://127.0.0.1:${started.port}` }
}
