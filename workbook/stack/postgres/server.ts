/** One PostgreSQL server of our own, on loopback, with a data folder of its own. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { withLock } from '../../bootstrap/lock.mjs'
import { freePort } from '../../doctor/ports.ts'
import { endGroup, isAlive, type ProcessId, spawnDetached } from '../child.ts'
import type { Places } from '../files.ts'
import { EnvironmentTrouble, type SqlConnection } from '../types.ts'
import { ensurePostgres, PACKAGE_VERSION } from './binaries.ts'

const run = promisify(execFile)
const OWNER = 'depot'

/** Enough to find a running server again from another process. */
export interface PostgresState extends ProcessId {
  port: number
  password: string
  data: string
}

export interface PostgresServer {
  readonly state: PostgresState
  url(database: string): string
  /** Makes an empty database. */
  create(database: string): Promise<void>
  drop(database: string): Promise<void>
  connect(database: string): Promise<SqlConnection>
  alive(): Promise<boolean>
  /** Ends the server; `forget` also removes its data. */
  stop(forget: boolean): Promise<void>
}

/**
 * Starts a server on its data folder, made from a template cluster where it is new.
 * @param name folder name of the data
 * @param durable `false` for throw-away data: no syncing to disk
 */
export async function startPostgres(
  places: Places,
  name: string,
  durable: boolean,
  progress: (text: string) => void,
): Promise<PostgresServer> {
  const home = await ensurePostgres(places, progress)
  const user = await serverUser()
  const template = await ensureTemplate(places, home, user)
  const data = dataFolder(places, name)
  const fresh = !existsSync(path.join(data, 'PG_VERSION'))
  try {
    if (fresh) await clone(template, data, user)
    return await startOn(places, { home, data, name, user, durable })
  } catch (error) {
    // Throw-away data of a server that never came up belongs to nobody.
    if (fresh && !durable) await rm(data, { recursive: true, force: true })
    throw error
  }
}

interface StartOptions {
  home: string
  data: string
  name: string
  user: User
  durable: boolean
}

async function startOn(places: Places, { home, data, name, user, durable }: StartOptions): Promise<PostgresServer> {
  // Left over when a server was killed; postgres itself refuses only if that process lives.
  const password = (await readFile(path.join(data, 'owner.password'), 'utf8')).trim()
  const log = path.join(places.state, 'logs', name, 'db.log')
  for (let attempt = 0; ; attempt++) {
    const port = await freePort()
    const settings = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      max_connections: '200',
      shared_buffers: '32MB',
      timezone: 'UTC',
      ...(durable ? {} : { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' }),
    }
    const words = Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`])
    const process_ = await spawnDetached(
      [path.join(home, 'bin', 'postgres'), '-D', data, '-p', String(port), ...words],
      { cwd: places.shared, env: environment(), log, ...user },
    )
    const server = serverOf({ pid: process_.pid, started: process_.started, port, password, data })
    if (await answers(server)) return server
    await server.stop(false)
    // Somebody else may have taken the port in between: once more with another.
    if (attempt === 1) {
      const lines = (await readFile(log, 'utf8').catch(() => '')).trim().split('\n').slice(-6)
      throw new EnvironmentTrouble(
        'The embedded PostgreSQL did not start.',
        'The lines above are its log. Free disk space and memory, or use Docker.',
        lines,
      )
    }
  }
}

/** Folder of the data of a stack's database. */
export function dataFolder(places: Places, name: string): string {
  return path.join(places.shared, 'data', `${hashOf(places.root)}-${name}`)
}

/** Folders of the data of this checkout's databases, and whether there are data of other checkouts, absolute. */
export async function dataFolders(places: Places): Promise<{ own: string[]; others: boolean }> {
  const folder = path.join(places.shared, 'data')
  const names = (await readdir(folder).catch((): string[] => [])).sort()
  const own = names.filter((name) => name.startsWith(`${hashOf(places.root)}-`))
  return { own: own.map((name) => path.join(folder, name)), others: own.length < names.length }
}

/** The binaries and the empty cluster that databases are made from: fetched and made again when they are needed. */
export async function postgresCaches(places: Places): Promise<string[]> {
  const names = (await readdir(places.shared).catch((): string[] => [])).sort()
  return names.filter((name) => /^(postgres|template)-\d/.test(name)).map((name) => path.join(places.shared, name))
}

/** The server that another command started, if it still runs. */
export async function findPostgres(state: PostgresState): Promise<PostgresServer | undefined> {
  const server = serverOf(state)
  return (await server.alive()) ? server : undefined
}

function serverOf(state: PostgresState): PostgresServer {
  const url = (database: string) => `postgres://${OWNER}:${state.password}@127.0.0.1:${state.port}/${database}`
  const admin = async (text: string) => {
    const connection = await connectTo(url('postgres'))
    try {
      await connection.query(text)
    } finally {
      await connection.close()
    }
  }
  return {
    state,
    url,
    create: (database) => admin(`CREATE DATABASE ${pg.escapeIdentifier(database)}`),
    drop: (database) => admin(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(database)} WITH (FORCE)`),
    connect: (database) => connectTo(url(database)),
    alive: () => isAlive(state),
    stop: async (forget) => {
      // SIGINT: "fast" shutdown, clients are disconnected, data stay whole.
      await endGroup(state, 'SIGINT', 8_000)
      if (forget) await rm(state.data, { recursive: true, force: true })
    },
  }
}

async function connectTo(url: string): Promise<SqlConnection> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3_000 })
  client.on('error', () => {})
  await client.connect()
  return {
    query: async (text) => {
      const result = (await client.query(text)) as pg.QueryResult | pg.QueryResult[]
      return (Array.isArray(result) ? result.at(-1) : result)?.rows ?? []
    },
    close: () => client.end().catch(() => {}),
  }
}

async function answers(server: PostgresServer): Promise<boolean> {
  const until = performance.now() + 20_000
  while (performance.now() < until) {
    try {
      await (await server.connect('postgres')).close()
      return true
    } catch {
      if (!(await server.alive())) return false
      await sleep(20)
    }
  }
  return false
}

/** initdb costs most of a second: it is done once, and each data folder is a copy. */
async function ensureTemplate(places: Places, home: string, user: User): Promise<string> {
  const template = path.join(places.shared, `template-${PACKAGE_VERSION}-1`)
  if (existsSync(path.join(template, 'PG_VERSION'))) return template
  return withLock(path.join(places.shared, 'template.lock'), async () => {
    if (existsSync(path.join(template, 'PG_VERSION'))) return template
    const next = `${template}.${randomBytes(4).toString('hex')}`
    await mkdir(next, { mode: 0o700 })
    await give(next, user)
    const secret = path.join(places.shared, `password.${randomBytes(4).toString('hex')}`)
    const password = randomBytes(18).toString('base64url')
    await writeFile(secret, password, { mode: 0o644 })
    try {
      const words = [
        '-D',
        next,
        '-U',
        OWNER,
        `--pwfile=${secret}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--locale=C',
        '--no-sync',
      ]
      await run(path.join(home, 'bin', 'initdb'), words, { cwd: places.shared, env: environment(), ...user })
      await writeFile(path.join(next, 'owner.password'), password, { mode: 0o600 })
      await give(path.join(next, 'owner.password'), user)
      await rename(next, template)
    } catch (error) {
      const text = (error as { stderr?: string }).stderr?.trim().split('\n').slice(-4) ?? [String(error)]
      throw new EnvironmentTrouble(
        'The embedded PostgreSQL could not make its data folder.',
        'Look at the free space on the disk, or use Docker.',
        text,
      )
    } finally {
      await rm(secret, { force: true })
    }
    return template
  })
}

async function clone(template: string, data: string, user: User): Promise<void> {
  await mkdir(path.dirname(data), { recursive: true, mode: 0o755 })
  const next = `${data}.${randomBytes(4).toString('hex')}`
  try {
    // `cp -a` keeps owner and modes, which Node's copy does not.
    await run('cp', ['-a', template, next])
    await chmod(next, 0o700)
    await give(next, user)
    await rm(data, { recursive: true, force: true })
    await rename(next, data)
  } catch (error) {
    await rm(next, { recursive: true, force: true })
    throw error
  }
}

interface User {
  uid?: number
  gid?: number
}

/** PostgreSQL refuses to run as root: then it runs as `postgres` or `nobody`, which exist for such ends. */
async function serverUser(): Promise<User> {
  if (process.getuid?.() !== 0) return {}
  for (const name of ['postgres', 'nobody']) {
    try {
      const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])])
      return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
    } catch {
      // The next one.
    }
  }
  throw new EnvironmentTrouble(
    'PostgreSQL refuses to run as root, and there is no user to run it as.',
    'Run this as an ordinary user, or make a user "postgres".',
  )
}

async function give(file: string, user: User): Promise<void> {
  if (user.uid !== undefined) await run('chown', [`${user.uid}:${user.gid}`, file])
}

/** Only what a server needs: a learner's own PG* variables must not steer it. */
function environment(): Record<string, string> {
  return { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }
}

function hashOf(text: string): string {
  let h = 2166136261
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 16777619)
  return (h >>> 0).toString(16).padStart(8, '0')
}
