/** The API as a child process: start, readiness, death. */
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ownerOfPort, portsOfGroup } from '../../doctor/ports.ts'
import { endGroup, isAlive, type ProcessId, spawnDetached } from '../child.ts'
import { readFrom, sizeOf } from '../log-file.ts'
import { answersHttp } from '../ready.ts'
import { EnvironmentTrouble } from '../types.ts'

/** A server that has not answered its readiness path by then is told to be stuck. */
export const READY_MS = 30_000
/** A server that listens on another port for so long will not come to the right one. */
const ELSEWHERE_MS = 4_000
const MIGRATE_MS = 60_000

export interface ServiceSpec {
  command: readonly string[]
  cwd: string
  env: Record<string, string>
  log: string
}

/** Runs the migrations to their end. */
export async function runMigrations(spec: ServiceSpec, signal: AbortSignal): Promise<void> {
  const before = await sizeOf(spec.log)
  // A group of its own: `node --run` starts a shell, and that the program; ending the first alone would leave the others.
  const child = await spawnDetached(spec.command, { cwd: spec.cwd, env: spec.env, log: spec.log }).catch(
    (error: Error) => {
      throw new EnvironmentTrouble(`The migrations could not be started: ${error.message}.`, commandLine(spec))
    },
  )
  const late = Symbol('late')
  const timer = new AbortController()
  const limit = sleep(MIGRATE_MS, late, { signal: AbortSignal.any([signal, timer.signal]) }).catch(() => late)
  const outcome = await Promise.race([child.ended, limit])
  timer.abort()
  if (outcome === 0) return
  await endGroup(child, 'SIGKILL')
  signal.throwIfAborted()
  const how = outcome === late ? `did not end within ${MIGRATE_MS / 1000} s` : `failed (exit ${String(outcome)})`
  throw new EnvironmentTrouble(
    `The migrations ${how}.`,
    commandLine(spec),
    (await readFrom(spec.log, before)).slice(-8),
  )
}

const commandLine = (spec: ServiceSpec) =>
  `The command was "${spec.command.join(' ')}" in ${spec.cwd}; course.json can name another with "run". Its last lines are above.`

/**
 * Starts the API and waits until it answers.
 * @throws EnvironmentTrouble when it ends, listens elsewhere, or never answers
 */
export async function startService(spec: ServiceSpec, origin: string, signal: AbortSignal): Promise<ProcessId> {
  const before = await sizeOf(spec.log)
  let child: ProcessId
  try {
    child = await spawnDetached(spec.command, { cwd: spec.cwd, env: spec.env, log: spec.log })
  } catch (error) {
    throw new EnvironmentTrouble(
      `The API could not be started: ${(error as Error).message}.`,
      `The command was "${spec.command.join(' ')}"; course.json can name another with "run".`,
    )
  }
  const begun = performance.now()
  let looked = begun
  try {
    while (true) {
      signal.throwIfAborted()
      if ((await answersHttp(origin, 1_000)) && (await isOwn(child, origin, signal)))
        return { pid: child.pid, started: child.started }
      const tail = async () => (await readFrom(spec.log, before)).slice(-8)
      if (!(await isAlive(child))) {
        const log = await tail()
        await endedForItsPort(child, origin, log)
        throw new EnvironmentTrouble(
          'The API ended during its start.',
          'Its last lines are above. Mend what they name and run this again.',
          log,
        )
      }
      const now = performance.now()
      if (now - begun > READY_MS) throw await stuck(child, origin, await tail())
      if (now - looked > ELSEWHERE_MS) {
        // Listening, and elsewhere: that does not change by waiting.
        looked = now
        const ports = await portsOfGroup(child.pid)
        if (ports.length > 0 && !ports.includes(Number(new URL(origin).port)))
          throw await stuck(child, origin, await tail())
      }
      await sleep(20)
    }
  } catch (error) {
    await endGroup(child, 'SIGKILL')
    throw error
  }
}

/**
 * Is it our program that answers? A port that was free when it was chosen may belong to somebody else by now, and a stranger must not be graded.
 * @throws PortLost when another process listens there
 */
async function isOwn(child: ProcessId, origin: string, signal: AbortSignal): Promise<boolean> {
  const port = Number(new URL(origin).port)
  if (process.platform !== 'linux') {
    // Who listens cannot be told quickly; a program that found its port taken has ended by then.
    await sleep(100, undefined, { signal })
    return isAlive(child)
  }
  if ((await portsOfGroup(child.pid)).includes(port)) return true
  const owner = await ownerOfPort(port)
  // Undefined: it closed in this very moment, or cannot be seen; the next look tells.
  if (owner !== undefined && !(await portsOfGroup(child.pid)).includes(port)) throw new PortLost(port, owner)
  return false
}

/** A program that ended: because its port was taken? @throws PortLost where it was */
async function endedForItsPort(child: ProcessId, origin: string, log: string[]): Promise<void> {
  const port = Number(new URL(origin).port)
  // What it left running would be its own.
  const owner = (await portsOfGroup(child.pid)).includes(port) ? undefined : await ownerOfPort(port)
  // Whoever had it may be gone again: then only the log knows.
  const said = log.some((line) => /EADDRINUSE|address already in use/i.test(line) && line.includes(String(port)))
  if (owner !== undefined || said) throw new PortLost(port, owner ?? 'another program')
}

/** Somebody else listens on the port that was chosen. */
export class PortLost extends EnvironmentTrouble {
  constructor(port: number, owner: string) {
    super(
      `Port ${port} was taken by ${owner} while the API started.`,
      'Run this again; a port that is given by API_PORT has to stay free.',
    )
    this.name = 'PortLost'
  }
}

async function stuck(child: ProcessId, origin: string, log: string[]): Promise<EnvironmentTrouble> {
  const wanted = Number(new URL(origin).port)
  const ports = await portsOfGroup(child.pid)
  if (ports.length > 0 && !ports.includes(wanted)) {
    return new EnvironmentTrouble(
      `The API listens on port ${ports.join(', ')}, but PORT says ${wanted}.`,
      'Listen on the port that the environment variable PORT names (clause health.0).',
      log,
    )
  }
  const where = ports.includes(wanted) ? 'accepts connections and answers nothing' : 'listens nowhere'
  return new EnvironmentTrouble(
    `The API runs but did not answer /api/health/ready within ${READY_MS / 1000} s: it ${where}.`,
    'Look for a loop or a wait during its start; the last lines of its log are above.',
    log,
  )
}

/**
 * Environment of a learner's program: the machine's basics and what the contract names, nothing that tells it is graded.
 * @param first a folder whose commands come before all others: those of a virtual environment
 */
export function programEnvironment(more: Record<string, string>, first?: string): Record<string, string> {
  const keep = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'SystemRoot', 'NODE_EXTRA_CA_CERTS']
  const base = Object.fromEntries(
    keep.flatMap((key) => (process.env[key] === undefined ? [] : [[key, process.env[key] as string]])),
  )
  const folders = [first, path.dirname(process.execPath), base.PATH].filter((f) => f !== undefined && f !== '')
  return { ...base, PATH: folders.join(path.delimiter), ...more }
}
