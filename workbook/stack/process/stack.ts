/** A lab as child processes: the learner's program under this Node, and a PostgreSQL of our own. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { commandsOf } from '../../catalog/index.ts'
import { freePort, isFree } from '../../doctor/ports.ts'
import { writeRandomBlocklist } from '../blocklist.ts'
import { endGroup, type ProcessId } from '../child.ts'
import { courseOf } from '../course.ts'
import { digestOf, type Places } from '../files.ts'
import { writeFreshKeys } from '../keys.ts'
import { portTaken } from '../port-taken.ts'
import { findPostgres, type PostgresServer, startPostgres } from '../postgres/server.ts'
import { type RedisServer, redisOf, startRedis } from '../redis/server.ts'
import { forgetStack, listStacks, loadStack, mirrorFolder, type StackRecord, saveStack } from '../registry.ts'
import { EnvironmentTrouble, type StackRequest } from '../types.ts'
import { startEdge } from './edge.ts'
import { specOf } from './environment.ts'
import { ensureModules, mirror } from './modules.ts'
import { endPrograms, startPrograms } from './programs.ts'
import { ensurePython } from './python.ts'
import { ProcessStack } from './running.ts'
import { PortLost, runMigrations } from './service.ts'

export interface ProcessOptions {
  places: Places
  /** `lab`: outlives this command. `run`: ends with it, data and all. */
  life: 'lab' | 'run'
  /** Fixed port, or any. */
  port?: number
  /** May files be put into the folder (a link to packages)? Otherwise a copy runs. */
  writable: boolean
  /** Beside another stack: a folder that runs already, packages and all, of which the program is. */
  runs?: string
  /** A server to make the database in, instead of one of its own. */
  postgres?: PostgresServer
  owner: ProcessId
}

/** So often a port of our own choice may be lost to somebody else before it is trouble. */
const PORT_TRIES = 3
const DATABASE = 'depot'

/** Starts a lab's program and what it needs. On failure or abort everything begun is ended. */
export async function startProcessStack(request: StackRequest, options: ProcessOptions): Promise<ProcessStack> {
  for (let tries = 1; ; tries++) {
    const undo: (() => Promise<unknown>)[] = []
    try {
      return await start(request, options, undo)
    } catch (error) {
      for (const step of undo.reverse()) await step().catch(() => {})
      // A port of our own choice is chosen anew; one that was asked for is not.
      const asked = options.port !== undefined && request.lab.replicas === 1
      if (!(error instanceof PortLost) || asked || tries === PORT_TRIES) throw error
    }
  }
}

async function start(
  request: StackRequest,
  options: ProcessOptions,
  undo: (() => Promise<unknown>)[],
): Promise<ProcessStack> {
  const { places, life } = options
  const several = request.lab.replicas > 1
  // What stands before several programs takes any port by itself.
  const port = options.port ?? (several ? 0 : await freePort())
  if (options.port !== undefined && !(await isFree(port))) throw await portTaken(port)
  const runs = options.runs ?? (options.writable ? request.dir : mirrorFolder(places, request.name))
  // Before anything is read: a file saved meanwhile is then seen as changed, and not lost.
  const digest = await digestOf(options.runs ?? request.dir)
  if (runs === mirrorFolder(places, request.name)) {
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
  const redisWork = request.lab.services.includes('redis') ? beginRedis(request, options) : undefined
  undo.push(async () => (await redisWork?.catch(() => undefined))?.stop(life === 'run'))
  // Waited for below; that it fails earlier is no unhandled rejection.
  redisWork?.catch(() => {})
  // A folder that is lent has its packages; several that run in it at once would take them from each other's feet.
  if (options.runs === undefined) {
    await ensureModules(places, api, request.progress)
    await ensurePython(places, api, request.progress)
  }
  const server = options.postgres ?? (await startPostgres(places, request.name, life === 'lab', request.progress))
  if (!options.postgres) undo.push(() => server.stop(life === 'run'))
  const database = options.postgres ? databaseName(request.name) : DATABASE
  if (await createIfMissing(server, database))
    undo.push(() => (options.postgres ? server.drop(database) : Promise.resolve()))
  const blocklistFile = path.join(places.state, 'run', request.name, 'blocklist.txt')
  const shipped = path.join(runs, 'data', 'blocklist.txt')
  undo.push(() => rm(path.dirname(blocklistFile), { recursive: true, force: true }))
  if (request.settings.blocklist === 'random') await writeRandomBlocklist(blocklistFile)
  const known = request.settings.blocklist === 'random' ? blocklistFile : shipped
  const keysDir = request.settings.keys ? path.join(places.state, 'run', request.name, 'keys') : undefined
  if (keysDir !== undefined) await writeFreshKeys(keysDir)
  const log = path.join(places.state, 'logs', request.name, 'api.log')
  if (life === 'run') await rm(log, { force: true })
  request.signal.throwIfAborted()
  const redis = await redisWork
  const record: StackRecord = {
    name: request.name,
    lab: request.lab.id,
    transport: 'process',
    dir: request.dir,
    runs,
    origin: `http://127.0.0.1:${port}`,
    ...(several ? { replicas: await addresses(request.lab.replicas) } : {}),
    env: { ...request.settings.env, ...(several ? {} : { PORT: String(port) }) },
    blocklistFile: known,
    ...(keysDir === undefined ? {} : { keysDir }),
    digest,
    ...(options.postgres ? { guestOf: { postgres: server.state, database } } : { postgres: server.state }),
    ...(redis === undefined ? {} : { redis: redis.state }),
    ...(life === 'run' ? { owner: options.owner } : {}),
  }
  // On record before anything else runs: what a killed command leaves can then be found and ended.
  if (life === 'run') {
    await saveStack(places, record)
    undo.push(() => forgetStack(places, request.name))
  }
  const spec = specOf(record, log, commandsOf(course).api, server, database, redis?.url())
  await runMigrations({ ...spec, command: commandsOf(course).migrate }, request.signal)
  const origins = record.replicas ?? [record.origin]
  record.apis = await startPrograms(spec, origins, request.signal)
  undo.push(() => endPrograms(record.apis ?? []))
  if (several) {
    const edge = await startEdge(origins, port, request, places)
    record.edge = edge.id
    record.origin = edge.origin
    undo.push(() => (record.edge ? endGroup(record.edge) : Promise.resolve()))
  }
  await saveStack(places, record)
  const guest = options.postgres !== undefined
  return new ProcessStack({ places, record, postgres: server, database, redis, spec, life, guest })
}

/** PostgreSQL cuts names at 63 bytes, and two that differ after that would be one. */
function databaseName(stack: string): string {
  const name = stack.replaceAll('-', '_')
  return name.length <= 63
    ? name
    : `${name.slice(0, 54)}_${createHash('sha256').update(name).digest('hex').slice(0, 8)}`
}

/** Runs beside the start of PostgreSQL. */
async function beginRedis({ name, signal }: StackRequest, { places, life }: ProcessOptions): Promise<RedisServer> {
  const taken = (await listStacks(places)).flatMap((record) => record.redis?.address ?? [])
  return startRedis({ places, name, durable: life === 'lab', taken, signal })
}

/** Free addresses for programs behind a round-robin. */
async function addresses(count: number): Promise<string[]> {
  const ports = new Set<number>()
  while (ports.size < count) ports.add(await freePort())
  return [...ports].map((port) => `http://127.0.0.1:${port}`)
}

/** The stack that `lab start` began for a name, if it still runs. */
export async function findProcessStack(places: Places, name: string): Promise<ProcessStack | undefined> {
  const record = await loadStack(places, name)
  if (record?.transport !== 'process' || record.postgres === undefined) return undefined
  const postgres = await findPostgres(record.postgres)
  if (postgres === undefined) return undefined
  const course = await courseOf(record.dir)
  const redis = record.redis && redisOf(record.redis)
  const log = path.join(places.state, 'logs', name, 'api.log')
  const spec = specOf(record, log, commandsOf(course).api, postgres, DATABASE, redis?.url())
  return new ProcessStack({ places, record, postgres, database: DATABASE, redis, spec, life: 'lab', guest: false })
}

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

export type { ProcessStack }
