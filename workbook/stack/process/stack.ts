/** A lab as child processes: the learner's program under this Node, and a PostgreSQL of our own. */
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import http from 'node:http'
import path from 'node:path'
import { commandsOf } from '../../catalog/index.ts'
import { freePort, isFree } from '../../doctor/ports.ts'
import { startLocalAttacker } from '../attacker.ts'
import { writeRandomBlocklist } from '../blocklist.ts'
import { endGroup, isAlive, type ProcessId } from '../child.ts'
import { courseOf } from '../course.ts'
import { digestOf, type Places } from '../files.ts'
import { writeFreshKeys } from '../keys.ts'
import { portTaken } from '../port-taken.ts'
import { findPostgres, type PostgresServer, startPostgres } from '../postgres/server.ts'
import { answersHttp } from '../ready.ts'
import { RecordedStack } from '../recorded.ts'
import { forgetStack, loadStack, type StackRecord, saveStack } from '../registry.ts'
import {
  EnvironmentTrouble,
  type RedisAccess,
  type SecondSource,
  type ServiceState,
  type Stack,
  type StackRequest,
} from '../types.ts'
import { ensureModules, mirror, refreshMirror } from './modules.ts'
import { ensurePython, pythonPath } from './python.ts'
import {
  PortLost,
  programEnvironment,
  readFrom,
  runMigrations,
  type ServiceSpec,
  sizeOf,
  startService,
} from './service.ts'

export interface ProcessOptions {
  places: Places
  /** `lab`: outlives this command. `run`: ends with it, data and all. */
  life: 'lab' | 'run'
  /** Fixed port, or any. */
  port?: number
  /** May files be put into the folder (a link to packages)? Otherwise a copy runs. */
  writable: boolean
  /** A server to make the database in, instead of one of its own. */
  postgres?: PostgresServer
  owner: ProcessId
}

/** So often a port of our own choice may be lost to somebody else before it is trouble. */
const PORT_TRIES = 3
const DATABASE = 'depot'
const hanging = 'The process runs and answers nothing, not even /api/health/ready.'

/** Starts a lab's program and what it needs. On failure or abort everything begun is ended. */
export async function startProcessStack(request: StackRequest, options: ProcessOptions): Promise<ProcessStack> {
  for (let tries = 1; ; tries++) {
    const undo: (() => Promise<unknown>)[] = []
    try {
      return await start(request, options, undo)
    } catch (error) {
      for (const step of undo.reverse()) await step().catch(() => {})
      // A port of our own choice is chosen anew; one that was asked for is not.
      if (!(error instanceof PortLost) || options.port !== undefined || tries === PORT_TRIES) throw error
    }
  }
}

async function start(
  request: StackRequest,
  options: ProcessOptions,
  undo: (() => Promise<unknown>)[],
): Promise<ProcessStack> {
  const { places, life } = options
  const port = options.port ?? (await freePort())
  if (options.port !== undefined && !(await isFree(port))) throw await portTaken(port)
  const runs = options.writable ? request.dir : path.join(places.state, 'mirror', request.name)
  // Before anything is read: a file saved meanwhile is then seen as changed, and not lost.
  const digest = await digestOf(request.dir)
  if (!options.writable) {
    await mirror(request.dir, runs)
    undo.push(() => rm(runs, { recursive: true, force: true }))
  }
  const api = path.join(runs, 'api')
  if (!existsSync(api))
    throw new EnvironmentTrouble(
      `${request.dir} holds no folder "api".`,
      'Is it the folder of a lab? npm run lab -- list shows them.',
    )
  const course = await courseOf(request.dir)
  await ensureModules(places, api, request.progress)
  await ensurePython(places, api, request.progress)
  const server = options.postgres ?? (await startPostgres(places, request.name, life === 'lab', request.progress))
  if (!options.postgres) undo.push(() => server.stop(life === 'run'))
  const database = options.postgres ? request.name.replaceAll('-', '_') : DATABASE
  if (await createIfMissing(server, database))
    undo.push(() => (options.postgres ? server.drop(database) : Promise.resolve()))
  const blocklistFile = path.join(places.state, 'run', request.name, 'blocklist.txt')
  const shipped = path.join(runs, 'data', 'blocklist.txt')
  undo.push(() => rm(path.dirname(blocklistFile), { recursive: true, force: true }))
  if (request.settings.blocklist === 'random') await writeRandomBlocklist(blocklistFile)
  const known = request.settings.blocklist === 'random' ? blocklistFile : shipped
  const keysDir = request.settings.keys ? path.join(places.state, 'run', request.name, 'keys') : undefined
  if (keysDir !== undefined) await writeFreshKeys(keysDir)
  const env = programEnvironment(
    {
      HOST: '127.0.0.1',
      PORT: String(port),
      DATABASE_URL: server.url(database),
      MIGRATIONS_DIR: path.join(runs, 'migrations'),
      BLOCKLIST_FILE: known,
      ...keysEnv(keysDir),
      ...request.settings.env,
    },
    pythonPath(api),
  )
  const log = path.join(places.state, 'logs', request.name, 'api.log')
  if (life === 'run') await rm(log, { force: true })
  const origin = `http://127.0.0.1:${port}`
  request.signal.throwIfAborted()
  const record: StackRecord = {
    name: request.name,
    lab: request.lab.id,
    transport: 'process',
    dir: request.dir,
    runs,
    origin,
    env: { ...request.settings.env, PORT: String(port) },
    blocklistFile: known,
    ...(keysDir === undefined ? {} : { keysDir }),
    digest,
    ...(options.postgres ? {} : { postgres: server.state }),
    ...(life === 'run' ? { owner: options.owner } : {}),
  }
  // On record before anything else runs: what a killed command leaves can then be found and ended.
  if (!options.postgres && life === 'run') {
    await saveStack(places, record)
    undo.push(() => forgetStack(places, request.name))
  }
  await runMigrations({ command: commandsOf(course).migrate, cwd: api, env, log }, request.signal)
  const spec: ServiceSpec = { command: commandsOf(course).api, cwd: api, env, log }
  record.api = await startService(spec, origin, request.signal)
  undo.push(() => (record.api ? endGroup(record.api) : Promise.resolve()))
  // One of many in a shared server is ended by whoever started that server.
  if (!options.postgres) await saveStack(places, record)
  return new ProcessStack(places, record, server, database, spec, life, options.postgres !== undefined)
}

/** The stack that `lab start` began for a name, if it still runs. */
export async function findProcessStack(places: Places, name: string): Promise<ProcessStack | undefined> {
  const record = await loadStack(places, name)
  if (record?.transport !== 'process' || record.postgres === undefined) return undefined
  const server = await findPostgres(record.postgres)
  if (server === undefined) return undefined
  const course = await courseOf(record.dir)
  const env = programEnvironment(
    {
      HOST: '127.0.0.1',
      DATABASE_URL: server.url(DATABASE),
      MIGRATIONS_DIR: path.join(record.runs, 'migrations'),
      ...(record.blocklistFile ? { BLOCKLIST_FILE: record.blocklistFile } : {}),
      ...keysEnv(record.keysDir),
      ...record.env,
    },
    pythonPath(path.join(record.runs, 'api')),
  )
  const spec = {
    command: commandsOf(course).api,
    cwd: path.join(record.runs, 'api'),
    env,
    log: path.join(places.state, 'logs', name, 'api.log'),
  }
  return new ProcessStack(places, record, server, DATABASE, spec, 'lab', false)
}

const keysEnv = (dir: string | undefined): Record<string, string> => (dir === undefined ? {} : { JWT_KEYS_DIR: dir })

async function createIfMissing(server: PostgresServer, database: string): Promise<boolean> {
  try {
    await server.create(database)
    return true
  } catch (error) {
    // 42P04: it exists, from an earlier start of the same lab.
    if ((error as { code?: string }).code !== '42P04') throw error
    return false
  }
}

class ProcessStack extends RecordedStack implements Stack {
  readonly transport = 'process'
  readonly #places: Places
  readonly #server: PostgresServer
  readonly #database: string
  readonly #spec: ServiceSpec
  readonly #life: 'lab' | 'run'
  readonly #guest: boolean

  constructor(
    places: Places,
    record: StackRecord,
    server: PostgresServer,
    database: string,
    spec: ServiceSpec,
    life: 'lab' | 'run',
    guest: boolean,
  ) {
    super(record)
    this.#places = places
    this.#server = server
    this.#database = database
    this.#spec = spec
    this.#life = life
    this.#guest = guest
  }

  async services(): Promise<ServiceState[]> {
    const runs = this.record.api !== undefined && (await isAlive(this.record.api))
    const answers = runs && (await answersHttp(this.origin, 2_000))
    return [
      {
        name: 'db',
        state: (await this.#server.alive()) ? ('healthy' as const) : ('exited' as const),
        detail: `127.0.0.1:${this.#server.state.port}`,
      },
      {
        name: 'api',
        state: answers ? ('healthy' as const) : runs ? ('unhealthy' as const) : ('exited' as const),
        detail: this.origin,
      },
    ]
  }

  owner() {
    return this.#server.connect(this.#database)
  }

  async mark() {
    return { position: await sizeOf(this.#spec.log) }
  }

  logs(mark: { position: number }) {
    return readFrom(this.#spec.log, mark.position)
  }

  async alive() {
    const { api } = this.record
    if (api === undefined || !(await isAlive(api))) {
      return {
        alive: false as const,
        detail: 'The process ended; its last lines are under Log.',
        log: (await readFrom(this.#spec.log, 0)).slice(-2),
      }
    }
    if (await answersHttp(this.origin, 2_000)) return { alive: true as const }
    return { alive: false as const, detail: hanging, log: [] }
  }

  async revive() {
    try {
      const digest = await digestOf(this.record.runs)
      if (this.record.api) await endGroup(this.record.api, 'SIGKILL')
      this.record.api = await startService(this.#spec, this.origin, AbortSignal.timeout(15_000))
      this.record.digest = digest
      if (!this.#guest) await saveStack(this.#places, this.record)
      return true
    } catch {
      return false
    }
  }

  async reboot() {
    try {
      if (this.record.api) await endGroup(this.record.api)
      this.record.api = await startService(this.#spec, this.origin, AbortSignal.timeout(15_000))
      if (!this.#guest) await saveStack(this.#places, this.record)
      return true
    } catch {
      return false
    }
  }

  async redis(): Promise<RedisAccess | undefined> {
    return undefined
  }

  /** Takes up changed files: migrations, then the API anew, on the same address. */
  async restart(signal: AbortSignal): Promise<void> {
    // First, so that a file saved while this goes on is seen as changed afterwards.
    const digest = await digestOf(this.dir)
    const course = await courseOf(this.dir)
    if (this.record.api) await endGroup(this.record.api)
    if (this.record.runs !== this.dir) await refreshMirror(this.dir, this.record.runs)
    await ensureModules(this.#places, this.#spec.cwd, () => {})
    await ensurePython(this.#places, this.#spec.cwd, () => {})
    await runMigrations({ ...this.#spec, command: commandsOf(course).migrate }, signal)
    this.record.api = await startService(this.#spec, this.origin, signal)
    this.record.digest = digest
    if (!this.#guest) await saveStack(this.#places, this.record)
  }

  async signal(name: 'SIGHUP') {
    const { api } = this.record
    // The program alone: a shell around it would end, and a signal is not sent to a stranger who has its number now.
    if (api !== undefined && (await isAlive(api))) process.kill(api.pid, name)
  }

  async present() {
    if (!(await this.#server.alive())) return false
    // One of many in a shared server is on no record.
    return this.#guest || (await loadStack(this.#places, this.name))?.postgres?.pid === this.#server.state.pid
  }

  async secondSource(): Promise<SecondSource | undefined> {
    // All of 127.0.0.0/8 is this machine on Linux; elsewhere only 127.0.0.1 is set up.
    return (await reachesFrom('127.0.0.2', this.origin)) ? { kind: 'local-address', address: '127.0.0.2' } : undefined
  }

  attacker() {
    return startLocalAttacker()
  }

  async close() {
    const { api } = this.record
    if (api) await endGroup(api)
    if (this.#guest) await this.#server.drop(this.#database).catch(() => {})
    else await this.#server.stop(this.#life === 'run')
    if (this.record.runs !== this.record.dir) await rm(this.record.runs, { recursive: true, force: true })
    if (!this.#guest) await forgetStack(this.#places, this.name)
    await rm(path.join(this.#places.state, 'run', this.name), { recursive: true, force: true })
  }
}

export type { ProcessStack }

function reachesFrom(localAddress: string, origin: string): Promise<boolean> {
  return new Promise((resolve) => {
    const req = http.get(new URL('/api/health/ready', origin), { localAddress, agent: false, timeout: 2_000 })
    const done = (value: boolean) => {
      req.destroy()
      resolve(value)
    }
    req.on('response', () => done(true))
    req.on('timeout', () => done(false))
    req.on('error', () => done(false))
  })
}
