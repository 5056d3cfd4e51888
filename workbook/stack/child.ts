/** Child processes that are told apart from strangers: a pid alone is used again by the system. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
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
  /** Its exit code, or null where a signal ended it. Whoever listens to `child` himself may come too late: a short program ends before it is known. */
  ended: Promise<number | null>
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
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', reject)
    })
    child.on('error', () => {})
    child.unref()
    const pid = child.pid ?? 0
    return { child, pid, started: await startTime(pid), ended }
  } finally {
    closeSync(fd)
  }
}

/** What the system says of a pid: when that process was started, and whether it is only waiting to be reaped. */
interface Seen {
  started: string
  zombie: boolean
}

/** From /proc where there is one (field 22: clock ticks after boot), else from `ps`. Undefined: no such process. */
async function look(pid: number): Promise<Seen | undefined> {
  if (process.platform === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
    if (stat === undefined) return undefined
    // The command may hold spaces and brackets; the fields follow its last bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { started: fields[19] ?? '', zombie: fields[0] === 'Z' }
  }
  try {
    const { stdout } = await run('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      env: { ...process.env, LC_ALL: 'C' },
    })
    const [state = '', ...started] = stdout.trim().split(/\s+/)
    return { started: started.join(' '), zombie: state.startsWith('Z') }
  } catch {
    return undefined
  }
}

const startTime = async (pid: number) => (await look(pid))?.started ?? ''

/** Is it still that very process? A zombie counts as gone. */
export async function isAlive(id: ProcessId): Promise<boolean> {
  const seen = await look(id.pid)
  return seen !== undefined && !seen.zombie && isSame(seen, id)
}

const isSame = (seen: Seen, id: ProcessId) => id.started === '' || seen.started === '' || seen.started === id.started

/**
 * Ends a process group: politely, then for good after `grace` ms. A stranger that has the same pid by now is left alone. Where the leader is gone its
 * group may still have members, and while it has, the system gives its number to nobody else.
 */
export async function endGroup(id: ProcessId, signal: NodeJS.Signals = 'SIGTERM', grace = 3_000): Promise<void> {
  // -0 would be our own group, and -1 everybody.
  if (!Number.isInteger(id.pid) || id.pid <= 1) return
  const seen = await look(id.pid)
  if (seen !== undefined && !isSame(seen, id)) return
  if (seen !== undefined && !seen.zombie) {
    kill(-id.pid, signal)
    const until = performance.now() + grace
    while (performance.now() < until && (await isAlive(id))) await sleep(20)
  }
  kill(-id.pid, 'SIGKILL')
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
