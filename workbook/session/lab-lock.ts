/** One command at a time changes a lab: two would start one stack twice, or move a folder from under each other. */
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Lab } from '../catalog/index.ts'
import { isAlive, type ProcessId } from '../stack/child.ts'
import { readJson } from '../stack/files.ts'
import { EnvironmentTrouble } from '../stack/types.ts'
import type { Context } from './context.ts'

interface Holder extends ProcessId {
  /** What it does: `reset`. */
  what: string
  /** When it began, ISO 8601. */
  since: string
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
  const holder: Holder = { ...context.self, what, since: new Date().toISOString() }
  const text = `${JSON.stringify(holder)}\n`
  while (!(await take(file, text))) {
    const other = await readFile(file, 'utf8').catch(() => undefined)
    if (other === undefined) continue
    const known = await readJson<Holder>(file)
    if (known !== undefined && (await isAlive(known))) throw new LabBusy(lab, known)
    await removeStale(file, other)
  }
  try {
    await clearAsides(file)
    return await work()
  } finally {
    await rm(file, { force: true })
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

/** Moved away first: of two that find a dead lock only one moves it, and a new lock in its place is put back. */
async function removeStale(file: string, content: string): Promise<void> {
  const aside = `${file}.stale-${process.pid}-${count++}`
  try {
    await rename(file, aside)
    if ((await readFile(aside, 'utf8')) !== content) await link(aside, file)
  } catch {
    // Somebody else was faster.
  } finally {
    await rm(aside, { force: true })
  }
}

/** Removes what processes that are gone wrote aside and could not link. */
async function clearAsides(file: string): Promise<void> {
  for (const name of await readdir(path.dirname(file))) {
    const pid = /\.json\.(?:stale-)?(\d+)-\d+$/.exec(name)?.[1]
    if (pid === undefined || (await isAlive({ pid: Number(pid), started: '' }))) continue
    await rm(path.join(path.dirname(file), name), { force: true })
  }
}
