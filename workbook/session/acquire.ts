/** Finds the stack of a folder, or starts one for the length of a run. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Lab } from '../catalog/index.ts'
import { adoptContainerStack, findRunning, type Running } from '../stack/container/adopt.ts'
import { waitUntilReady } from '../stack/container/containers.ts'
import { engineVersion, noDocker } from '../stack/container/docker.ts'
import { rebuildApi, startContainerStack } from '../stack/container/stack.ts'
import { digestOf } from '../stack/files.ts'
import { findProcessStack, startProcessStack } from '../stack/process/stack.ts'
import { EnvironmentTrouble, type Stack, type StackRequest, type Transport } from '../stack/types.ts'
import { type Context, realOf, stackName, workspaceOf } from './context.ts'
import { UsageError } from './usage.ts'

export interface Acquired {
  stack: Stack
  /** Worth telling: what was found, started, restarted. */
  notes: string[]
  /** Ends what acquiring began; leaves alone what ran before. */
  release(): Promise<void>
}

/** The folder that a command means, checked to be one. */
export function folderOf(context: Context, lab: Lab, dir: string | undefined): string {
  const folder = realOf(dir ?? workspaceOf(context.root, lab))
  if (!existsSync(path.join(folder, 'api'))) {
    throw new UsageError(
      dir === undefined
        ? `You have no copy of ${lab.id} yet. Make one and start it: npm run lab -- start ${lab.id}`
        : `${dir} is not the folder of a lab: it has no folder "api".`,
    )
  }
  return folder
}

/**
 * A stack to grade. One that runs for the folder is used and left running; otherwise one is started on free ports under a name of its own, and ended by `release`.
 * @param runtime the transport asked for; undefined: the one that runs, else containers where Docker answers, else processes
 */
export async function acquire(
  context: Context,
  lab: Lab,
  dir: string,
  runtime: Transport | undefined,
): Promise<Acquired> {
  const request = requestOf(context, lab, dir)
  if (runtime !== 'container') {
    const found = await adoptProcess(context, request)
    if (found !== undefined) return found
  }
  const engine = runtime === 'process' ? undefined : await engineVersion()
  if (engine !== undefined) {
    const running = await findRunning(dir)
    if (running !== undefined) return adoptContainers(context, request, running)
  }
  if (runtime === 'container' && engine === undefined) throw noDocker('The Docker engine does not answer.')
  // The name of a run differs from the name of the folder's own stack, so that both can be there.
  const own = { ...request, name: `${request.name}-run${context.self.pid.toString(36)}` }
  const stack =
    engine === undefined
      ? await startProcessStack(own, { places: context.places, life: 'run', writable: false, owner: context.self })
      : await startContainerStack(own, { places: context.places, life: 'run', owner: context.self })
  const why =
    runtime === undefined && engine === undefined
      ? 'Docker does not answer here, so the lab runs as processes.'
      : undefined
  return {
    stack,
    notes: [why, 'No stack of this folder was running: one was started for this run.'].filter((n) => n !== undefined),
    release: () => stack.close(),
  }
}

export function requestOf(context: Context, lab: Lab, dir: string): StackRequest {
  const settings = lab.settings.base
  if (settings === undefined) throw new Error(`${lab.id} has no settings "base"`)
  return {
    lab,
    dir,
    name: stackName(context.root, lab, dir),
    settings,
    signal: context.signal,
    progress: context.progress,
  }
}

async function adoptProcess(context: Context, request: StackRequest): Promise<Acquired | undefined> {
  const stack = await findProcessStack(context.places, request.name)
  if (stack === undefined) return undefined
  const notes: string[] = []
  if ((await digestOf(request.dir)) !== stack.digest) {
    await stack.restart(context.signal)
    notes.push('Your files changed since the API was started: it was restarted.')
  } else if (!(await stack.alive()).alive) {
    await stack.restart(context.signal)
    notes.push('The API had ended: it was started again.')
  }
  return { stack, notes, release: async () => {} }
}

async function adoptContainers(context: Context, request: StackRequest, running: Running): Promise<Acquired> {
  const { stack, ours, note } = await adoptContainerStack(request, running, context.places, context.self)
  if (!ours || (await digestOf(request.dir)) === stack.digest)
    return { stack, notes: note === undefined ? [] : [note], release: () => (ours ? Promise.resolve() : stack.close()) }
  context.progress('Your files changed since the image was built: building it anew.')
  await rebuildApi(stack, context.places, context.signal)
  const again = await findRunning(request.dir)
  if (again === undefined)
    throw new EnvironmentTrouble(
      'The stack ended while its image was built anew.',
      `Start it again: npm run lab -- start ${request.lab.id}`,
    )
  const fresh = await adoptContainerStack(request, again, context.places, context.self)
  await waitUntilReady(fresh.stack, context.signal)
  return { stack: fresh.stack, notes: ['Your files changed: the image was built anew.'], release: async () => {} }
}
