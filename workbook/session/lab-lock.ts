/** One command at a time changes a lab: two would start one stack twice, or move a folder from under each other. */
import { createHash, randomUUID } from 'node:crypto'
import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Lab } from '../catalog/index.ts'
import { isAlive, type ProcessId } from '../stack/child.ts'
import { EnvironmentTrouble } from '../stack/types.ts'
import type { Context } from './context.ts'

interface Holder extends ProcessId {
  /** What it does: `reset`. */
  what: string
  /** When it began, ISO 8601. */
  since: string
  /** No other lock has it: one process may make two in the same millisecond. Missing in those of former versions. */
  id?: string
}

/** Another command, or another tab of the lesson page, changes the lab at this moment. */
export class LabBusy extends EnvironmentTrouble {
  constructor(lab: Lab, holder: Holder) {
    super(
      `Another command is at work on ${lab.id}: ${holder.what}, since ${holder.since.slice(11, 19)} UTC (pid ${holder.pid}).`,
      'Wait until it has ended, or end it, and run this again. Nothing was changed.',
    )
    this.name = 'LabBusy'
  }
}

/**
 * Runs `work` as the only one that changes the lab. A lock whose process is gone (killed, machine restarted) is taken over.
 * @param what the name of the action, for the sentence that another one gets
 * @throws LabBusy at once, where a living process holds it
 */
export async function withLabLock<T>(context: Context, lab: Lab, what: string, work: () => Promise<T>): Promise<T> {
  const file = path.join(context.places.state, 'locks', `${lab.folder}.json`)
  await mkdir(path.dirname(file), { recursive: true })
  const holder: Holder = { ...context.self, what, since: new Date().toISOString(), id: randomUUID() }
  const text = `${JSON.stringify(holder)}\n`
  while (!(await take(file, text))) {
    const other = await readFile(file, 'utf8').catch(() => undefined)
    if (other === undefined) continue
    const known = holderIn(other)
    if (known !== undefined && (await isAlive(known))) throw new LabBusy(lab, known)
    await removeStale(file, other, text)
  }
  try {
    await clearAsides(file)
    return await work()
  } finally {
    await rm(file, { force: true })
  }
}

/** What was read once is judged: a file that is read again may be another lock by then. Undefined where it holds none. */
function holderIn(text: string): Holder | undefined {
  try {
    return JSON.parse(text) as Holder
  } catch {
    return undefined
  }
}

let count = 0

/** Written aside and linked into place: the lock appears with its holder in it, or not at all. */
async function take(file: string, text: string): Promise<boolean> {
  const mine = `${file}.${process.pid}-${count++}`
  await writeFile(mine, text)
  try {
    await link(mine, file)
    return true
  } catch (error) {
    // ENOENT: swept away by another one while this process stood still; the next try writes it anew.
    if (!['EEXIST', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    return false
  } finally {
    await rm(mine, { force: true })
  }
}

/**
 * Removes a lock whose process is gone. Many may find it at once, and one of them may have a new lock in its place before another one acts on what it read. So whoever
 * removes it holds a lock of its own for that, named by what the dead one holds: as long as it is held nobody else removes that content, and nothing else is removed.
 * @param mine what the claim holds
 */
async function removeStale(file: string, content: string, mine: string): Promise<void> {
  const claim = `${file}.dead-${createHash('sha256').update(content).digest('hex').slice(0, 16)}`
  if (!(await take(claim, mine))) {
    const other = await readFile(claim, 'utf8').catch(() => undefined)
    if (other === undefined) return
    const known = holderIn(other)
    // Killed while it removed: its claim is a dead lock like any other.
    if (known === undefined || !(await isAlive(known))) return removeStale(claim, other, mine)
    return sleep(2)
  }
  try {
    if ((await readFile(file, 'utf8').catch(() => undefined)) === content) await rm(file, { force: true })
  } finally {
    await rm(claim, { force: true })
  }
}

/** Removes what processes that are gone wrote aside and could not link. */
async function clearAsides(file: string): Promise<void> {
  for (const name of await readdir(path.dirname(file))) {
    const pid = /\.json(?:\.dead-[0-9a-f]{16})*\.(\d+)-\d+$/.exec(name)?.[1]
    if (pid === undefined || (await isAlive({ pid: Number(pid), started: '' }))) continue
    await rm(path.join(path.dirname(file), name), { force: true })
  }
}
