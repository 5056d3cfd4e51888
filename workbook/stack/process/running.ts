/** A running stack of processes. */
import { rm } from 'node:fs/promises'
import http from 'node:http'
import path from 'node:path'
import { commandsOf } from '../../catalog/index.ts'
import { startLocalAttacker } from '../attacker.ts'
import { endGroup, isAlive, type ProcessId } from '../child.ts'
import { courseOf } from '../course.ts'
import { digestOf, type Places } from '../files.ts'
import { readFrom, sizeOf } from '../log-file.ts'
import type { PostgresServer } from '../postgres/server.ts'
import { answersHttp } from '../ready.ts'
import { RecordedStack } from '../recorded.ts'
import { type RedisServer, redisNote } from '../redis/server.ts'
import { apisOf, forgetStack, loadStack, mirrorFolder, type StackRecord, saveStack } from '../registry.ts'
import type { RedisAccess, SecondSource, ServiceState, Stack } from '../types.ts'
import { ensureModules, refreshMirror } from './modules.ts'
import { endPrograms, type Life, lifeOf, startPrograms, stateOf } from './programs.ts'
import { ensurePython } from './python.ts'
import { runMigrations, type ServiceSpec } from './service.ts'

/** A program that is started anew has so long. */
const AGAIN_MS = 15_000

/** What a running stack is made of. */
export interface Parts {
  places: Places
  record: StackRecord
  postgres: PostgresServer
  /** Name of its database there. */
  database: string
  redis: RedisServer | undefined
  spec: ServiceSpec
  life: 'lab' | 'run'
  /** Its database is one of several in somebody else's server. */
  guest: boolean
}

export class ProcessStack extends RecordedStack implements Stack {
  readonly transport = 'process'
  readonly #parts: Parts

  constructor(parts: Parts) {
    super(parts.record)
    this.#parts = parts
  }

  /** The server that its database is in. */
  get postgres(): PostgresServer {
    return this.#parts.postgres
  }

  /** What a person should know of its Redis. */
  get redisNote(): string | undefined {
    return this.record.redis && redisNote(this.record.redis)
  }

  /** The folder that its programs run in. */
  get runs(): string {
    return this.record.runs
  }

  async services(): Promise<ServiceState[]> {
    const { postgres, redis } = this.#parts
    const ids = apisOf(this.record)
    const several = this.replicas.length > 1
    const programs = await Promise.all(
      this.replicas.map(async (origin, i) => ({
        name: several ? `api ${i + 1}` : 'api',
        state: await stateOf(ids[i], origin),
        detail: origin,
      })),
    )
    const state = (alive: boolean) => (alive ? ('healthy' as const) : ('exited' as const))
    return [
      { name: 'db', state: state(await postgres.alive()), detail: `127.0.0.1:${postgres.state.port}` },
      ...(redis === undefined ? [] : [{ name: 'redis', state: state(await redis.alive()), detail: redis.state.about }]),
      ...programs,
      ...(several ? [{ name: 'edge', state: state(await this.#edgeAlive()), detail: this.origin }] : []),
    ]
  }

  owner() {
    return this.#parts.postgres.connect(this.#parts.database)
  }

  async redis(): Promise<RedisAccess | undefined> {
    return this.#parts.redis?.access()
  }

  async mark() {
    return { position: await sizeOf(this.#parts.spec.log) }
  }

  /** All programs append to one file, so that their lines stand in the order in which they were printed. */
  logs(mark: { position: number }) {
    return readFrom(this.#parts.spec.log, mark.position)
  }

  async alive(): Promise<Life> {
    const life = await lifeOf(apisOf(this.record), this.replicas, this.#parts.spec.log)
    if (!life.alive || this.replicas.length === 1 || (await answersHttp(this.origin, 2_000))) return life
    return { alive: false, detail: 'The round-robin before the programs of the API answers nothing.', log: [] }
  }

  async revive() {
    const digest = await digestOf(this.record.runs)
    if (!(await this.#again('SIGKILL'))) return false
    this.record.digest = digest
    await this.#save()
    return true
  }

  reboot() {
    return this.#again('SIGTERM')
  }

  async #again(end: NodeJS.Signals): Promise<boolean> {
    try {
      await endPrograms(apisOf(this.record), end)
      this.#started(await startPrograms(this.#parts.spec, this.replicas, AbortSignal.timeout(AGAIN_MS)))
      await this.#save()
      return true
    } catch {
      return false
    }
  }

  /** Takes up changed files: migrations, then the API anew, on the same address. */
  async restart(signal: AbortSignal): Promise<void> {
    const { places, spec } = this.#parts
    // First, so that a file saved while this goes on is seen as changed afterwards.
    const digest = await digestOf(this.dir)
    const course = await courseOf(this.dir)
    await endPrograms(apisOf(this.record))
    if (this.record.runs !== this.dir) await refreshMirror(this.dir, this.record.runs)
    await ensureModules(places, spec.cwd, () => {})
    await ensurePython(places, spec.cwd, () => {})
    await runMigrations({ ...spec, command: commandsOf(course).migrate }, signal)
    this.#started(await startPrograms(spec, this.replicas, signal))
    this.record.digest = digest
    await this.#save()
  }

  #started(ids: ProcessId[]): void {
    this.record.apis = ids
    delete this.record.api
  }

  async #save(): Promise<void> {
    await saveStack(this.#parts.places, this.record)
  }

  async signal(name: 'SIGHUP') {
    // The program alone: a shell around it would end, and a signal is not sent to a stranger who has its number now.
    for (const id of apisOf(this.record)) if (await isAlive(id)) process.kill(id.pid, name)
  }

  /** Its database, its Redis and what stands before its programs: none of them is the learner's to end. */
  async present() {
    const { postgres, redis, guest, places } = this.#parts
    if (!(await postgres.alive())) return false
    if (redis !== undefined && !(await redis.alive())) return false
    if (!(await this.#edgeAlive())) return false
    return guest || (await loadStack(places, this.name))?.postgres?.pid === postgres.state.pid
  }

  async #edgeAlive(): Promise<boolean> {
    return this.record.edge === undefined || isAlive(this.record.edge)
  }

  async secondSource(): Promise<SecondSource | undefined> {
    // All of 127.0.0.0/8 is this machine on Linux; elsewhere only 127.0.0.1 is set up.
    return (await reachesFrom('127.0.0.2', this.origin)) ? { kind: 'local-address', address: '127.0.0.2' } : undefined
  }

  attacker() {
    return startLocalAttacker()
  }

  async close() {
    const { places, record, postgres, database, redis, life, guest } = this.#parts
    await Promise.all([
      endPrograms(apisOf(record)),
      record.edge === undefined ? Promise.resolve() : endGroup(record.edge),
    ])
    await redis?.stop(life === 'run')
    if (guest) await postgres.drop(database).catch(() => {})
    else await postgres.stop(life === 'run')
    if (record.runs === mirrorFolder(places, this.name)) await rm(record.runs, { recursive: true, force: true })
    await forgetStack(places, this.name)
    await rm(path.join(places.state, 'run', this.name), { recursive: true, force: true })
  }
}

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
