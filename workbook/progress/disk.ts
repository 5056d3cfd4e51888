/** Writes that survive a power cut: on the disk before they count. */
import { copyFile, link, open, rename, rm } from 'node:fs/promises'
import path from 'node:path'

/** Writes `file` whole or not at all, and returns when it is on the disk. Only under the lock: the name beside it is fixed. */
export async function writeDurable(
  file: string,
  text: string,
  before: () => Promise<void> = async () => {},
): Promise<void> {
  // A fixed name: what a killed process left there is written over, so nothing piles up.
  const next = `${file}.next`
  const handle = await open(next, 'w')
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await before()
  await rename(next, file)
  await syncFolder(path.dirname(file))
}

/** Gives the content of `file` a second name, replacing what has it. `file` itself is there all the while. */
export async function keepAs(file: string, name: string): Promise<void> {
  const next = `${name}.next`
  await rm(next, { force: true })
  // Not every file system has links.
  await link(file, next).catch(() => copyFile(file, next))
  await rename(next, name)
}

/** A name that was given is on the disk only when its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } catch {
    // Some file systems cannot do this for a folder; they order renames themselves.
  } finally {
    await handle.close()
  }
}
