/**
 * One writer at a time, over all processes of this machine. The lock is one that the operating system keeps (SQLite's on an
 * empty database file), so it ends with its holder, killed or not: there is no stale lock to judge, and no pid to mistake for another.
 */
import { access, constants, mkdir } from 'node:fs/promises'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { EnvironmentTrouble } from '../stack/types.ts'

/** Longest wait for others. Each holds it for milliseconds. */
const PATIENCE_MS = 10_000
const SQLITE_BUSY = 5

/**
 * Runs `work` while nobody else holds `file`.
 * @param file of its own, beside what it guards; it stays, and is empty
 * @throws EnvironmentTrouble where the folder cannot be written, or another process does not let go
 */
export async function withLock<T>(file: string, work: () => Promise<T>, patience = PATIENCE_MS): Promise<T> {
  const lock = await take(file, patience)
  try {
    return await work()
  } finally {
    lock.close()
  }
}

async function take(file: string, patience: number): Promise<DatabaseSync> {
  let lock: DatabaseSync
  try {
    await mkdir(path.dirname(file), { recursive: true })
    lock = new DatabaseSync(file, { timeout: 0 })
  } catch (error) {
    throw await unwritable(file, error)
  }
  const until = performance.now() + patience
  for (;;) {
    try {
      lock.exec('BEGIN EXCLUSIVE')
      return lock
    } catch (error) {
      const busy = (error as { errcode?: number }).errcode === SQLITE_BUSY
      if (busy && performance.now() < until) {
        await sleep(2 + Math.random() * 8)
        continue
      }
      lock.close()
      if (!busy) throw await unwritable(file, error)
      throw new EnvironmentTrouble(
        `Another command has been writing your progress for ${Math.round(patience / 1000)} s (lock ${path.basename(file)}).`,
        'Is one of them suspended (Ctrl-Z)? End it, and run this again.',
      )
    }
  }
}

/** A folder that cannot be written, in a sentence. */
export async function unwritable(file: string, error: unknown): Promise<EnvironmentTrouble> {
  const folder = path.dirname(file)
  // SQLite speaks of databases; the system says what is really wrong.
  const told = await access(folder, constants.W_OK).then(
    () => error,
    (refused: unknown) => refused,
  )
  const { code, message } = told as NodeJS.ErrnoException
  return new EnvironmentTrouble(
    `Your progress cannot be written in ${path.basename(folder)}/ (${code === undefined || code === 'ERR_SQLITE_ERROR' ? message : code}).`,
    'See to it that you own the folder and may write there, and that its disk is neither full nor read-only.',
  )
}
