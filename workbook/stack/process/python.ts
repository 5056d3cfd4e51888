/** Gives a program in Python its packages: a virtual environment for each list of packages, filled once and used by every folder with that list. */
import { execFile } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { lstat, mkdir, readFile, readlink, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { withLock } from '../../bootstrap/lock.mjs'
import type { Track } from '../../catalog/index.ts'
import { findPython, type Python, pythonTrouble } from '../../doctor/python.ts'
import type { Places } from '../files.ts'
import { EnvironmentTrouble } from '../types.ts'

const run = promisify(execFile)

/** Says that an installation ran to its end; one without it was interrupted and is begun anew. */
const READY = '.workbook-ready'

const folderOf = (places: Places) => path.join(places.state, 'python')

/** What a program's commands are looked for in first, where the program has a virtual environment. */
export const pythonPath = (api: string): string | undefined => {
  const bin = path.join(api, '.venv', 'bin')
  return existsSync(bin) ? bin : undefined
}

/**
 * Makes `<api>/.venv` where there is an `<api>/requirements.txt`. A folder or a link of the learner's own is left alone.
 * @returns `none`: not a program in Python. `own`: the learner's. Else whether packages were fetched
 * @throws EnvironmentTrouble where there is no usable Python, or pip fails
 */
export async function ensurePython(
  places: Places,
  api: string,
  progress: (text: string) => void,
): Promise<'none' | 'own' | 'present' | 'fetched'> {
  const list = await readFile(path.join(api, 'requirements.txt')).catch(() => undefined)
  if (list === undefined) return 'none'
  const link = path.join(api, '.venv')
  const there = await lstat(link).catch(() => undefined)
  if (there !== undefined && !(await isOurs(places, link, there.isSymbolicLink()))) return 'own'
  const { home, fetched } = await ensureVenv(places, list, progress)
  await point(link, home)
  return fetched ? 'fetched' : 'present'
}

/**
 * Makes `link` lead to `home`, whatever it led to before. In one step: several stacks of one folder may start at once, and none of them
 * may find it missing.
 */
async function point(link: string, home: string): Promise<void> {
  if ((await readlink(link).catch(() => undefined)) === home) return
  const fresh = `${link}.${randomUUID()}`
  await symlink(home, fresh, 'dir')
  await rename(fresh, link)
}

/** A link into our folder, or to nothing any more. */
async function isOurs(places: Places, link: string, isLink: boolean): Promise<boolean> {
  if (!isLink) return false
  const target = await realpath(link).catch(() => undefined)
  if (target === undefined) return true
  const folder = await realpath(folderOf(places)).catch(() => folderOf(places))
  return target.startsWith(folder + path.sep)
}

/**
 * The virtual environment for a list of packages.
 * @param list content of a requirements.txt
 */
export async function ensureVenv(
  places: Places,
  list: Buffer,
  progress: (text: string) => void,
): Promise<{ home: string; fetched: boolean }> {
  const python = await needPython()
  const key = createHash('sha256').update(`${python.path}\0${python.version}\0`).update(list).digest('hex').slice(0, 16)
  const home = path.join(folderOf(places), key)
  const ready = () => existsSync(path.join(home, READY))
  if (ready()) return { home, fetched: false }
  return withLock(`${home}.lock`, async () => {
    if (ready()) return { home, fetched: false }
    progress('Installing the Python packages of this folder (once for each requirements.txt).')
    await fill(python, home, list)
    return { home, fetched: true }
  })
}

/** Why programs of a track cannot run as processes of this machine, in words; undefined where they can. */
export const missingFor = async (track: Track): Promise<string | undefined> =>
  track === 'fastapi' ? pythonTrouble(await findPython())?.found : undefined

async function needPython(): Promise<Python> {
  const search = await findPython()
  const trouble = pythonTrouble(search)
  if (trouble === undefined && search.kind === 'found') return search.python
  throw new EnvironmentTrouble(
    `The track fastapi needs Python on the transport "process", and ${trouble?.found}.`,
    trouble?.fix ?? '',
  )
}

/** In its final place from the start, since a virtual environment holds its own path; READY comes last. */
async function fill(python: Python, home: string, list: Buffer): Promise<void> {
  await rm(home, { recursive: true, force: true })
  await mkdir(home, { recursive: true })
  try {
    await run(python.path, ['-m', 'venv', home])
  } catch (error) {
    throw new EnvironmentTrouble(
      `Python ${python.version} could not make a virtual environment.`,
      'Its last words are above. Is its module venv whole (Debian, Ubuntu: apt install python3-venv)?',
      lastLines(error),
    )
  }
  const requirements = path.join(home, 'requirements.txt')
  await writeFile(requirements, list)
  const words = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '-r', requirements]
  try {
    await run(path.join(home, 'bin', 'python'), words, { maxBuffer: 50_000_000 })
  } catch (error) {
    throw new EnvironmentTrouble(
      'The Python packages of the api folder could not be installed.',
      'pip’s last words are above. Look at the connection to the package index and at requirements.txt, and run this again; what is there already is not fetched twice.',
      lastLines(error),
    )
  }
  await writeFile(path.join(home, READY), '')
}

function lastLines(error: unknown): string[] {
  const { stderr = '', stdout = '', message = '' } = error as { stderr?: string; stdout?: string; message?: string }
  const text = [stderr, stdout, message].find((t) => t.trim() !== '') ?? ''
  return text.trim().split('\n').slice(-6)
}
