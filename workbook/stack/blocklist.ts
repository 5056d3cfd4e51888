/** A blocklist that nobody can have seen before, for graded runs. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type Entry, entriesOf, randomBlocklist } from './blocklist-text.ts'

/** Writes a blocklist of random entries. */
export async function writeRandomBlocklist(file: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, randomBlocklist(), { mode: 0o644 })
}

/** The entries of a blocklist file, with the ends of their lines. */
export const readBlocklist = async (file: string): Promise<Entry[]> => entriesOf(await readFile(file, 'utf8'))
