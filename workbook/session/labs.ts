/** The stack of the learner's copy: start, stop, look. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Lab, Track } from '../catalog/index.ts'
import { isFree } from '../doctor/ports.ts'
import { findRunning } from '../stack/container/adopt.ts'
import { composeVersion, docker, engineVersion, noDocker } from '../stack/container/docker.ts'
import { findContainerStack, startContainerStack } from '../stack/container/stack.ts'
import { portTaken } from '../stack/port-taken.ts'
import { ProcessStack } from '../stack/process/running.ts'
import { findProcessStack, startProcessStack } from '../stack/process/stack.ts'
import { EnvironmentTrouble, type Stack, type Transport } from '../stack/types.ts'
import { isEmptyFolder } from '../workspace/materialise.ts'
import { requestOf } from './acquire.ts'
import { type Context, realOf, rememberLab, stackName, workspaceOf } from './context.ts'
import { isUnfinished } from './copy/journal.ts'
import { recover } from './copy/recover.ts'
import type { Snapshot } from './copy/snapshots.ts'
import { withLabLock } from './lab-lock.ts'
import { needDisk } from './preflight.ts'
import { recordOpened } from './progress.ts'
import { ensureCopy, type FromMine } from './reset.ts'
import { runningStack } from './running.ts'
import { behindSentence, filesBehind } from './update.ts'
import { UsageError } from './usage.ts'

export interface StartResult {
  stack: Stack
  dir: string
  /** The copy was made just now. */
  created: boolean
  /** The copy of another track that the new one replaced. */
  replaced: Snapshot | undefined
  /** Where it was asked for: what of the learner's own work of the lab before is in the new copy. */
  carried: FromMine | undefined
  /** It ran already. */
  running: boolean
  notes: string[]
}

const PORT = 3000

export interface StartOptions {
  runtime: Transport | undefined
  /** Another track than the copy's own: the copy becomes a snapshot, and the starter of that track takes its place. */
  track: Track | undefined
  /** A new copy lies on the learner's own files of the lab before, instead of on its reference. */
  fromMine?: boolean
}

/** Makes the learner's copy where there is none, and starts its stack. One that runs already is left as it is. */
export const startLab = (context: Context, lab: Lab, options: StartOptions): Promise<StartResult> =>
  withLabLock(context, lab, 'start', () => start(context, lab, options))

async function start(context: Context, lab: Lab, options: StartOptions): Promise<StartResult> {
  await recover(context, lab)
  const dir = workspaceOf(context.root, lab)
  const { created, replaced, carried } = await ensureCopy(context, lab, options.track, options.fromMine)
  // What cannot be written down must not keep anybody from working.
  await recordOpened(context, lab).catch((error: unknown) => {
    if (!(error instanceof EnvironmentTrouble)) throw error
    context.progress(`${error.message} ${error.remedy}`)
  })
  const behind = await filesBehind(context, lab)
  const notes = behind === 0 ? [] : [behindSentence(lab, behind)]
  await rememberLab(context.places, lab)
  const running = await runningStack(context, lab, dir)
  if (running !== undefined) {
    if (options.runtime !== undefined && running.transport !== options.runtime) {
      throw new UsageError(
        `${lab.id} runs on the transport ${running.transport}. Stop it first: npm run lab -- stop ${lab.id}`,
      )
    }
    return { stack: running, dir, created, replaced, carried, running: true, notes }
  }
  const { transport, note } = await chooseTransport(options.runtime)
  const port = Number(process.env.API_PORT ?? PORT)
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    throw new UsageError(`API_PORT must be a port number, not "${process.env.API_PORT}".`)
  if (!(await isFree(port))) throw await portTaken(port)
  await needDisk(context.places)
  const request = requestOf(context, lab, realOf(dir))
  const stack =
    transport === 'process'
      ? await startProcessStack(request, {
          places: context.places,
          life: 'lab',
          port,
          writable: true,
          owner: context.self,
        })
      : await startContainerStack(request, { places: context.places, life: 'lab', port, owner: context.self })
  return {
    stack,
    dir,
    created,
    replaced,
    carried,
    running: false,
    notes: [...notes, note, stack instanceof ProcessStack ? stack.redisNote : undefined].filter((n) => n !== undefined),
  }
}

async function chooseTransport(wanted: Transport | undefined): Promise<{ transport: Transport; note?: string }> {
  if (wanted === 'process') return { transport: 'process' }
  const engine = (await engineVersion()) !== undefined && (await composeVersion()) !== undefined
  if (engine) return { transport: 'container' }
  if (wanted === 'container') throw noDocker('The Docker engine does not answer.')
  return {
    transport: 'process',
    note: 'Docker does not answer here, so the lab runs as processes of this machine. Checks that need containers are "not run" then.',
  }
}

/** Ends the stack of the learner's copy. False when none was running. */
export const stopLab = (context: Context, lab: Lab): Promise<boolean> =>
  withLabLock(context, lab, 'stop', () => stop(context, lab))

async function stop(context: Context, lab: Lab): Promise<boolean> {
  const dir = workspaceOf(context.root, lab)
  const name = stackName(context.root, lab, dir)
  const stack = (await findProcessStack(context.places, name)) ?? (await findContainerStack(context.places, name))
  if (stack !== undefined) {
    await stack.close()
    return true
  }
  if (!existsSync(dir) || (await engineVersion()) === undefined || (await findRunning(dir)) === undefined) return false
  const result = await docker(['compose', '--project-directory', dir, '-f', path.join(dir, 'compose.yaml'), 'down'])
  if (result.code !== 0)
    throw new EnvironmentTrouble(
      'docker compose down failed.',
      'Read the lines above.',
      result.stderr.trim().split('\n').slice(-5),
    )
  return true
}

/** The stack of a lab, and where its copy is; undefined where there is none. */
export interface LabStatus {
  lab: Lab
  dir: string | undefined
  transport: Transport | undefined
  origin: string | undefined
  /** Folder of its signing keys, where its settings have one and we made it. */
  keysDir?: string
  services: { name: string; state: string; detail?: string }[]
}

/** What a person should know of the copy itself: files that the course changed, a command that was interrupted. */
export async function notesOf(context: Context, lab: Lab): Promise<string[]> {
  if (isUnfinished(context, lab))
    return [
      `A command that changes your copy of ${lab.id} is at work, or was interrupted. If none is: the next start, reset, solve, restore or update finishes it first.`,
    ]
  const behind = await filesBehind(context, lab)
  return behind === 0 ? [] : [behindSentence(lab, behind)]
}

export async function statusOf(context: Context, lab: Lab): Promise<LabStatus> {
  const dir = workspaceOf(context.root, lab)
  if (await isEmptyFolder(dir)) return { lab, dir: undefined, transport: undefined, origin: undefined, services: [] }
  const stack = await runningStack(context, lab, dir).catch((error: unknown) => {
    if (error instanceof UsageError) return undefined
    throw error
  })
  if (stack !== undefined)
    return {
      lab,
      dir,
      transport: stack.transport,
      origin: stack.origin,
      ...(stack.keysDir === undefined ? {} : { keysDir: stack.keysDir }),
      services: await stack.services(),
    }
  const byHand = (await engineVersion()) === undefined ? undefined : await findRunning(dir)
  return byHand === undefined
    ? { lab, dir, transport: undefined, origin: undefined, services: [] }
    : {
        lab,
        dir,
        transport: 'container',
        origin: undefined,
        services: [{ name: 'api', state: 'running', detail: 'started by hand with docker compose' }],
      }
}

/** The last lines that the services printed. */
export async function logsOf(context: Context, lab: Lab, count: number): Promise<string[]> {
  const stack = await runningStack(context, lab, workspaceOf(context.root, lab))
  if (stack === undefined) throw new UsageError(`${lab.id} is not running. Start it: npm run lab -- start ${lab.id}`)
  return (await stack.logs({ position: 0 })).slice(-count)
}
