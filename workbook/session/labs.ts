/** The learner's copy of a lab and its stack: make, start, stop, look, reset, export. */
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises'
import path from 'node:path'
import type { Lab, Track } from '../catalog/index.ts'
import { isFree } from '../doctor/ports.ts'
import { findRunning } from '../stack/container/adopt.ts'
import { composeVersion, docker, dockerOk, engineVersion, noDocker } from '../stack/container/docker.ts'
import { findContainerStack, startContainerStack } from '../stack/container/stack.ts'
import { courseOf } from '../stack/course.ts'
import { portTaken } from '../stack/port-taken.ts'
import { dataFolder } from '../stack/postgres/server.ts'
import { findProcessStack, startProcessStack } from '../stack/process/stack.ts'
import { EnvironmentTrouble, type Stack, type Transport } from '../stack/types.ts'
import { buildState, isEmptyFolder, writeTree } from '../workspace/materialise.ts'
import { parseState } from '../workspace/states.ts'
import { requestOf } from './acquire.ts'
import { type Context, realOf, rememberLab, stackName, workspaceOf } from './context.ts'
import { needDisk } from './preflight.ts'
import { UsageError } from './usage.ts'

export interface StartResult {
  stack: Stack
  dir: string
  /** The copy was made just now. */
  created: boolean
  /** It ran already. */
  running: boolean
  notes: string[]
}

const PORT = 3000

/** Makes the learner's copy where there is none, and starts its stack. One that runs already is left as it is. */
export async function startLab(
  context: Context,
  lab: Lab,
  options: { runtime: Transport | undefined; track: Track | undefined },
): Promise<StartResult> {
  const dir = workspaceOf(context.root, lab)
  const created = await isEmptyFolder(dir)
  if (created) await makeCopy(context, lab, dir, options.track ?? lab.tracks[0] ?? 'express')
  else if (options.track !== undefined && (await courseOf(dir)).track !== options.track) {
    throw new UsageError(
      `Your copy of ${lab.id} is of the track ${(await courseOf(dir)).track}. To begin the other: npm run lab -- reset ${lab.id} --track ${options.track} (a snapshot of your files is kept).`,
    )
  }
  await rememberLab(context.places, lab)
  const running = await runningStack(context, lab, dir)
  if (running !== undefined) {
    if (options.runtime !== undefined && running.transport !== options.runtime) {
      throw new UsageError(
        `${lab.id} runs on the transport ${running.transport}. Stop it first: npm run lab -- stop ${lab.id}`,
      )
    }
    return { stack: running, dir, created, running: true, notes: [] }
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
  return { stack, dir, created, running: false, notes: note === undefined ? [] : [note] }
}

export async function chooseTransport(wanted: Transport | undefined): Promise<{ transport: Transport; note?: string }> {
  if (wanted === 'process') return { transport: 'process' }
  const engine = (await engineVersion()) !== undefined && (await composeVersion()) !== undefined
  if (engine) return { transport: 'container' }
  if (wanted === 'container') throw noDocker('The Docker engine does not answer.')
  return {
    transport: 'process',
    note: 'Docker does not answer here, so the lab runs as processes of this machine. Checks that need containers are "not run" then.',
  }
}

/** Written aside and renamed into place: a copy is whole or not there. */
async function makeCopy(context: Context, lab: Lab, dir: string, track: Track): Promise<void> {
  await place(await prepareCopy(context, lab, dir, track), dir)
}

async function prepareCopy(context: Context, lab: Lab, dir: string, track: Track): Promise<string> {
  const next = `${dir}.new-${process.pid}`
  await rm(next, { recursive: true, force: true })
  await writeTree(await buildState(context.root, lab, { kind: 'starter' }, track), next)
  return next
}

/** Puts a folder where nothing, or an empty folder, is. */
async function place(next: string, dir: string): Promise<void> {
  await rmdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
  await rename(next, dir)
}

/** The stack of the folder that runs, on whichever transport. */
export async function runningStack(context: Context, lab: Lab, dir: string): Promise<Stack | undefined> {
  const name = stackName(context.root, lab, dir)
  const found = await findProcessStack(context.places, name)
  if (found !== undefined) return found
  if (!existsSync(path.join(dir, 'compose.yaml')) || (await engineVersion()) === undefined) return undefined
  if ((await findRunning(dir)) === undefined) return undefined
  const stack = await findContainerStack(context.places, name)
  if (stack === undefined) {
    throw new UsageError(
      `This lab was started by hand (docker compose up) and is running. "npm run check" uses it as it is; to stop it: docker compose down, in ${path.relative(context.root, dir)}`,
    )
  }
  return stack
}

/** Ends the stack of the learner's copy. False when none was running. */
export async function stopLab(context: Context, lab: Lab): Promise<boolean> {
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

export interface LabStatus {
  lab: Lab
  dir: string | undefined
  transport: Transport | undefined
  origin: string | undefined
  services: { name: string; state: string; detail?: string }[]
}

export async function statusOf(context: Context, lab: Lab): Promise<LabStatus> {
  const dir = workspaceOf(context.root, lab)
  if (await isEmptyFolder(dir)) return { lab, dir: undefined, transport: undefined, origin: undefined, services: [] }
  const stack = await runningStack(context, lab, dir).catch((error: unknown) => {
    if (error instanceof UsageError) return undefined
    throw error
  })
  if (stack !== undefined)
    return { lab, dir, transport: stack.transport, origin: stack.origin, services: await stack.services() }
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

/**
 * Forgets the database of the learner's copy, on both transports. Files stay. Migrations that were applied and changed since are then no trouble any more.
 */
export async function forgetData(context: Context, lab: Lab): Promise<void> {
  const dir = workspaceOf(context.root, lab)
  await refuseIfRunning(context, lab, dir)
  const name = stackName(context.root, lab, dir)
  await rm(dataFolder(context.places, name), { recursive: true, force: true })
  if (existsSync(path.join(dir, 'compose.yaml')) && (await engineVersion()) !== undefined)
    await dockerOk(
      ['compose', '--project-directory', dir, '-f', path.join(dir, 'compose.yaml'), 'down', '-v'],
      'Removing the database of the containers',
    )
}

/** Puts the starter back, with an empty database. What was there is kept as a snapshot, whose folder is returned. */
export async function resetLab(context: Context, lab: Lab, track: Track | undefined): Promise<string | undefined> {
  const dir = workspaceOf(context.root, lab)
  const fallback = lab.tracks[0] ?? 'express'
  if (await isEmptyFolder(dir)) {
    await makeCopy(context, lab, dir, track ?? fallback)
    return undefined
  }
  await refuseIfRunning(context, lab, dir)
  const next = await prepareCopy(context, lab, dir, track ?? trackOf(await courseOf(dir).catch(() => undefined), lab))
  await forgetData(context, lab)
  const snapshot = await takeSnapshot(context, lab, dir)
  await place(next, dir)
  return snapshot
}

async function refuseIfRunning(context: Context, lab: Lab, dir: string): Promise<void> {
  if ((await runningStack(context, lab, dir)) !== undefined)
    throw new UsageError(`${lab.id} is running. Stop it first: npm run lab -- stop ${lab.id}`)
}

const trackOf = (course: { track: string } | undefined, lab: Lab): Track =>
  lab.tracks.find((t) => t === course?.track) ?? lab.tracks[0] ?? 'express'

const snapshots = (context: Context, lab: Lab) => path.join(context.root, 'workspace', '.snapshots', lab.folder)

/** Moves the copy away, whole: one rename, so nothing of it can be lost or left out. */
async function takeSnapshot(context: Context, lab: Lab, dir: string): Promise<string> {
  const to = path.join(snapshots(context, lab), new Date().toISOString().replaceAll(':', '-').slice(0, 23))
  await mkdir(path.dirname(to), { recursive: true })
  await rename(dir, to)
  return to
}

export async function listSnapshots(context: Context, lab: Lab): Promise<string[]> {
  return (await readdir(snapshots(context, lab)).catch(() => [])).sort()
}

/** Puts a snapshot back in place of the copy, of which a snapshot is taken first. */
export async function restoreLab(context: Context, lab: Lab, name: string): Promise<string> {
  const known = await listSnapshots(context, lab)
  if (!known.includes(name))
    throw new UsageError(`${lab.id} has no snapshot "${name}". There are: ${known.join(', ') || 'none'}.`)
  const dir = workspaceOf(context.root, lab)
  await refuseIfRunning(context, lab, dir)
  const next = `${dir}.new-${process.pid}`
  await rm(next, { recursive: true, force: true })
  await cp(path.join(snapshots(context, lab), name), next, { recursive: true, verbatimSymlinks: true })
  const kept = (await isEmptyFolder(dir)) ? '' : await takeSnapshot(context, lab, dir)
  await place(next, dir)
  return kept
}

/** Writes any state of a lab into an empty folder, as a self-contained workspace. Gives the number of files. */
export async function exportLab(
  context: Context,
  lab: Lab,
  state: string,
  track: Track | undefined,
  to: string,
): Promise<number> {
  if (!(await isEmptyFolder(to)))
    throw new UsageError(`${to} is not empty. Name a folder that is empty or not there yet.`)
  const chosen = track ?? lab.tracks[0] ?? 'express'
  if (!lab.tracks.includes(chosen))
    throw new UsageError(`${lab.id} has no track ${chosen} yet. It has: ${lab.tracks.join(', ')}.`)
  const tree = await buildState(context.root, lab, await parseState(context.root, lab, state), chosen)
  await writeTree(tree, to)
  return tree.size
}
