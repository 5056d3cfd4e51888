/** Child processes that are told apart from strangers: a pid alone is used again by the system. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A process and when it was started: together they name it for good. */
export interface ProcessId {
  pid: number
  /** Start time as `ps` prints it; empty where it could not be read. */
  started: string
}

export interface Detached extends ProcessId {
  child: ChildProcess
}

/**
 * Starts a program in a process group of its own, its output appended to a file, able to outlive us.
 * @throws the spawn error when the program does not exist
 */
export async function spawnDetached(
  command: readonly string[],
  options: { cwd: string; env: Record<string, string>; log: string; uid?: number; gid?: number },
): Promise<Detached> {
  const [program, ...words] = command
  if (program === undefined) throw new Error('an empty command')
  await mkdir(path.dirname(options.log), { recursive: true })
  const fd = openSync(options.log, 'a')
  try {
    const child = spawn(program, words, {
      cwd: options.cwd,
      env: options.env,
      detached: true,
      stdio: ['ignore', fd, fd],
      ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.gid }),
    })
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', reject)
    })
    child.on('error', () => {})
    child.unref()
    const pid = child.pid ?? 0
    return { child, pid, started: await startTime(pid) }
  } finally {
    closeSync(fd)
  }
}

async function startTime(pid: number): Promise<string> {
  try {
    return (
      await run('ps', ['-o', 'lstart=', '-p', String(pid)], { env: { ...process.env, LC_ALL: 'C' } })
    ).stdout.trim()
  } catch {
    return ''
  }
}

/** Is it still that very process? A zombie counts as gone. */
export async function isAlive(id: ProcessId): Promise<boolean> {
  try {
    process.kill(id.pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  try {
    const { stdout } = await run('ps', ['-o', 'stat=,lstart=', '-p', String(id.pid)], {
      env: { ...process.env, LC_ALL: 'C' },
    })
    const line = stdout.trim()
    return line !== '' && !line.startsWith('Z') && (id.started === '' || line.endsWith(id.started))
  } catch {
    return false
  }
}

/** Ends a process group: politely, then for good after `grace` ms. Does nothing to a stranger with the same pid. */
export async function endGroup(id: ProcessId, signal: NodeJS.Signals = 'SIGTERM', grace = 3_000): Promise<void> {
  if (!(await isAlive(id))) {
    kill(-id.pid, 'SIGKILL')
    return
  }
  kill(-id.pid, signal)
  const until = performance.now() + grace
  while (performance.now() < until) {
    await sleep(25)
    if (!exists(id.pid) || !(await isAlive(id))) break
  }
  kill(-id.pid, 'SIGKILL')
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function kill(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal)
  } catch {
    // Gone already: that is what was wanted.
  }
}

/** This process. */
export const selfId = async (): Promise<ProcessId> => ({ pid: process.pid, started: await startTime(process.pid) })
