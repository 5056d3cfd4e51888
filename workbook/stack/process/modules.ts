/** Gives a program its packages without an install of its own, where the course's own packages are the very same. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, lstat, mkdir, readFile, rm, symlink } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { filesOf, type Places, readJson } from '../files.ts'
import { EnvironmentTrouble } from '../types.ts'

const run = promisify(execFile)

interface Manifest {
  dependencies?: Record<string, string>
}

/**
 * Makes `<api>/node_modules` resolvable: left alone where it exists, linked to the course's own packages where every
 * dependency is there in the wanted version, else installed from the program's lockfile.
 */
export async function ensureModules(places: Places, api: string, progress: (text: string) => void): Promise<void> {
  const modules = path.join(api, 'node_modules')
  const manifest = await readJson<Manifest>(path.join(api, 'package.json'))
  if (manifest === undefined) return
  const link = (await lstat(modules).catch(() => undefined))?.isSymbolicLink() ?? false
  if (existsSync(modules) && !link) return
  const shared = await sharedFits(places.root, manifest)
  if (link) await rm(modules)
  if (shared) {
    await symlink(path.join(places.root, 'node_modules'), modules, 'dir')
    return
  }
  progress('The packages of this folder differ from the course’s own: installing them (npm ci).')
  const cli = process.env.npm_execpath?.endsWith('.js') ? process.env.npm_execpath : undefined
  const words = ['ci', '--omit=dev', '--no-audit', '--no-fund', '--loglevel=error']
  try {
    await (cli ? run(process.execPath, [cli, ...words], { cwd: api }) : run('npm', words, { cwd: api }))
  } catch (error) {
    const log = ((error as { stderr?: string }).stderr ?? '').trim().split('\n').slice(-6)
    throw new EnvironmentTrouble(
      'The packages of the api folder could not be installed.',
      'Run npm install in that folder and read what it says.',
      log,
    )
  }
}

/** Has the course every package that the program wants, in that very version? */
export async function sharedFits(root: string, manifest: Manifest): Promise<boolean> {
  const wanted = Object.entries(manifest.dependencies ?? {})
  const have = await Promise.all(
    wanted.map(
      async ([name]) =>
        (await readJson<{ version: string }>(path.join(root, 'node_modules', name, 'package.json')))?.version,
    ),
  )
  return wanted.every(([, range], i) => have[i] === range.replace(/^[=v]/, ''))
}

/** A copy of a folder that may not be written to, without what is made and not written. */
export async function mirror(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true })
  for (const name of await filesOf(from)) {
    const target = path.join(to, name)
    await mkdir(path.dirname(target), { recursive: true })
    await cp(path.join(from, name), target)
  }
  // Packages that the folder brings itself are used as they are.
  for (const name of ['node_modules', '.venv']) {
    const own = path.join(from, 'api', name)
    if (existsSync(own)) await symlink(own, path.join(to, 'api', name), 'dir')
  }
}

/** Brings a mirror up to its folder. Installed packages stay, unless what they were installed for changed. */
export async function refreshMirror(from: string, to: string): Promise<void> {
  const wanted = await filesOf(from)
  for (const name of await filesOf(to)) if (!wanted.includes(name)) await rm(path.join(to, name))
  for (const name of wanted) {
    const [next, now] = await Promise.all([
      readFile(path.join(from, name)),
      readFile(path.join(to, name)).catch(() => undefined),
    ])
    if (now?.equals(next)) continue
    if (/^api\/package(-lock)?\.json$/.test(name))
      await rm(path.join(to, 'api', 'node_modules'), { recursive: true, force: true })
    await mkdir(path.dirname(path.join(to, name)), { recursive: true })
    await cp(path.join(from, name), path.join(to, name))
  }
}

/** Text of a file, or nothing. */
export const textOf = (file: string) => readFile(file, 'utf8').catch(() => '')
