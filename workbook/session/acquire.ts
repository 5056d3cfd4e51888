/** Finds the stack of a folder, or starts one for the length of a run. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Lab } from '../catalog/index.ts'
import { adoptContainerStack, findRunning, isHealthy, type Running } from '../stack/container/adopt.ts'
import { engineVersion, noDocker } from '../stack/container/docker.ts'
import { startContainerStack } from '../stack/container/stack.ts'
import { digestOf } from '../stack/files.ts'
import { ProcessStack } from '../stack/process/running.ts'
import { findProcessStack, startProcessStack } from '../stack/process/stack.ts'
import type { Stack, StackRequest, Transport } from '../stack/types.ts'
import { type Context, realOf, stackName, workspaceOf } from './context.ts'
import { isUnfinished } from './copy/journal.ts'
import { Further } from './further.ts'
import { UsageError } from './usage.ts'

export interface Acquired {
  stack: Stack
  /** Worth telling: what was found, started, restarted. */
  notes: string[]
  /** Started for this command; else it was there before. */
  own: boolean
  /** Stacks of further settings beside it. */
  further: Further
  /** Ends the stack alone, where that was begun. */
  releaseMain: () => Promise<void>
  /** Ends what acquiring began, further stacks among it; leaves alone what ran before. */
  release(): Promise<void>
}

/** Without what stands beside it. */
type Held = Omit<Acquired, 'further' | 'releaseMain'>

/** The folder that a command means, checked to be one. */
export function folderOf(context: Context, lab: Lab, dir: string | undefined): string {
  const folder = realOf(dir ?? workspaceOf(context.root, lab))
  if (!existsSync(path.join(folder, 'api'))) {
    throw new UsageError(
      dir === undefined
        ? isUnfinished(context, lab)
          ? `A command that changed your copy of ${lab.id} was interrupted. This finishes it and starts the lab: npm run lab -- start ${lab.id}`
          : `You have no copy of ${lab.id} yet. Make one and start it: npm run lab -- start ${lab.id}`
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
  further = new Further(lab),
): Promise<Acquired> {
  const held = await find(context, lab, dir, runtime)
  return {
    ...held,
    further,
    releaseMain: held.release,
    release: async () => {
      await further.close()
      await held.release()
    },
  }
}

async function find(context: Context, lab: Lab, dir: string, runtime: Transport | undefined): Promise<Held> {
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
    notes: [
      why,
      'No stack of this folder was running: one was started for this run.',
      stack instanceof ProcessStack ? stack.redisNote : undefined,
    ].filter((n) => n !== undefined),
    own: true,
    release: () => stack.close(),
  }
}

/**
 * What was acquired before, fit for another run: with the files of its folder taken up, found anew where it belongs to somebody else, or
 * another one where it is gone. What is given is released here where it is of no more use; on failure the caller keeps a stack of its own.
 */
export async function renew(
  context: Context,
  lab: Lab,
  dir: string,
  runtime: Transport | undefined,
  held: Acquired | undefined,
): Promise<Acquired> {
  if (held?.own === true && (await held.stack.present())) {
    const note = await takeUp(held.stack, context.signal)
    return { ...held, notes: note === undefined ? [] : [note] }
  }
  if (held === undefined) return acquire(context, lab, dir, runtime)
  if (held.own) {
    await held.release()
    return acquire(context, lab, dir, runtime)
  }
  // What stands beside somebody else's stack is kept; a second API beside one that was started by hand is made anew.
  await held.releaseMain()
  try {
    return await acquire(context, lab, dir, runtime, held.further)
  } catch (error) {
    await held.further.close()
    throw error
  }
}

/** Is there a stack of the folder that a run would use, and ready for it? */
export async function isRunning(
  context: Context,
  lab: Lab,
  dir: string,
  runtime: Transport | undefined,
): Promise<boolean> {
  const process = async () =>
    (await findProcessStack(context.places, stackName(context.root, lab, dir)).catch(() => undefined)) !== undefined
  if (runtime !== 'container' && (await process())) return true
  if (runtime === 'process' || (await engineVersion()) === undefined) return false
  const running = await findRunning(dir).catch(() => undefined)
  return running !== undefined && (await isHealthy(running))
}

/** The program as its folder is now. */
async function takeUp(stack: Stack, signal: AbortSignal): Promise<string | undefined> {
  if ((await digestOf(stack.dir)) !== stack.digest) {
    await stack.restart(signal)
    return stack.transport === 'process'
      ? 'Your files changed since the API was started: it was restarted.'
      : 'Your files changed: the image was built anew.'
  }
  if ((await stack.alive()).alive) return undefined
  await stack.restart(signal)
  return 'The API had ended: it was started again.'
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

async function adoptProcess(context: Context, request: StackRequest): Promise<Held | undefined> {
  const stack = await findProcessStack(context.places, request.name)
  if (stack === undefined) return undefined
  const note = await takeUp(stack, context.signal)
  return { stack, own: false, notes: note === undefined ? [] : [note], release: async () => {} }
}

async function adoptContainers(context: Context, request: StackRequest, running: Running): Promise<Held> {
  const { stack, ours, note } = await adoptContainerStack(request, running, context.places, context.self)
  const release = () => (ours ? Promise.resolve() : stack.close())
  if (!ours || (await digestOf(request.dir)) === stack.digest)
    return { stack, own: false, notes: note === undefined ? [] : [note], release }
  context.progress('Your files changed since the image was built: building it anew.')
  const told = await takeUp(stack, context.signal)
  return { stack, own: false, notes: told === undefined ? [] : [told], release }
}
