import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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

/**
 * Whoever removes a dead lock holds another one for that, named by its owner: as long as it is held nobody else removes that owner's lock, and a new one in its place
 * stays. A claim whose owner is gone is a dead lock like any other.
 */
function removeStale(file, owner) {
  const claim = `${file}.dead-${owner}`
  if (!take(claim)) return
  try {
    if (ownerOf(file) === owner) rmSync(file, { force: true })
  } finally {
    rmSync(claim, { force: true })
  }
}
