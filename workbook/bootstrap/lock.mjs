import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/**
 * Runs `work` while holding a lock file, so that two commands started at once do not install over each other.
 * A lock whose owner is gone (killed, machine restarted) is taken over.
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(file, work) {
  mkdirSync(path.dirname(file), { recursive: true })
  for (let told = false; !take(file); told = true) {
    if (!told)
      process.stderr.write(
        `Another command of this project is at work (lock ${path.basename(file)}, pid ${ownerOf(file) ?? '?'}); waiting for it.\n`,
      )
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  try {
    return await work()
  } finally {
    rmSync(file, { force: true })
  }
}

function take(file) {
  // Written aside and linked into place: the lock appears with its owner in it, or not at all.
  const mine = `${file}.${process.pid}`
  writeFileSync(mine, String(process.pid))
  try {
    linkSync(mine, file)
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    const owner = ownerOf(file)
    if (owner !== undefined && !lives(owner)) removeStale(file, owner)
    return false
  } finally {
    rmSync(mine, { force: true })
  }
}

/** The pid in a lock; 0 where its content is none; undefined where the lock is gone by now. */
function ownerOf(file) {
  try {
    return Number(readFileSync(file, 'utf8')) || 0
  } catch {
    return undefined
  }
}

function lives(pid) {
  if (pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** Moved away first: of two that find a dead lock only one moves it, and a new lock in its place is put back. */
function removeStale(file, owner) {
  const aside = `${file}.stale-${process.pid}`
  try {
    renameSync(file, aside)
    if (ownerOf(aside) !== owner) linkSync(aside, file)
  } catch {
    // Somebody else was faster.
  } finally {
    rmSync(aside, { force: true })
  }
}
