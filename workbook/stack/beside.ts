/** A throw-away stack beside another one: the same program under other settings. */
import type { ProcessId } from './child.ts'
import { ContainerStack } from './container/containers.ts'
import { startContainerStack } from './container/stack.ts'
import type { Places } from './files.ts'
import type { PostgresServer } from './postgres/server.ts'
import { ProcessStack } from './process/running.ts'
import { startProcessStack } from './process/stack.ts'
import type { Stack, StackRequest } from './types.ts'

/** Where it is started beside. */
export type Main =
  | { transport: 'process'; postgres: PostgresServer; runs: string }
  | { transport: 'container'; image: string | undefined }

/** What a stack lends to one beside it: its PostgreSQL and its folder, or its image. */
export async function mainOf(stack: Stack): Promise<Main> {
  if (stack instanceof ProcessStack) return { transport: 'process', postgres: stack.postgres, runs: stack.runs }
  return { transport: 'container', image: stack instanceof ContainerStack ? await stack.image() : undefined }
}

/**
 * Starts it on addresses of its own, with a database, a Redis and keys of its own; it is on record with its owner.
 * @throws EnvironmentTrouble
 */
export function startBeside(
  main: Main,
  request: StackRequest,
  { places, owner }: { places: Places; owner: ProcessId },
): Promise<Stack> {
  if (main.transport === 'process') {
    const { postgres, runs } = main
    return startProcessStack(request, { places, life: 'run', writable: true, runs, postgres, owner })
  }
  return startContainerStack(request, {
    places,
    life: 'run',
    owner,
    ...(main.image === undefined ? {} : { image: main.image }),
  })
}
