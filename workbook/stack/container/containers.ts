/** A running stack of containers. */

import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Attacker } from '../attacker.ts'
import { digestOf, type Places } from '../files.ts'
import { answersHttp } from '../ready.ts'
import { RecordedStack } from '../recorded.ts'
import { type StackRecord, saveStack } from '../registry.ts'
import { EnvironmentTrouble, type RedisAccess, type SecondSource, type ServiceState, type Stack } from '../types.ts'
import { startContainerAttacker } from './attacker.ts'
import { build, composeWords, type Names, up } from './compose.ts'
import { docker, dockerOk } from './docker.ts'
import { startProbe } from './probe.ts'
import { openPsql } from './psql.ts'
import { openRedisCli } from './redis-cli.ts'

const READY_MS = 30_000

export class ContainerStack extends RecordedStack implements Stack {
  readonly transport = 'container'
  readonly #places: Places
  #ids: Ids
  readonly #names: Names
  readonly #service: string
  readonly #target: number
  readonly #end: () => Promise<void>

  private constructor(
    places: Places,
    record: StackRecord,
    ids: Ids,
    names: Names,
    service: string,
    target: number,
    end: () => Promise<void>,
  ) {
    super(record)
    this.#places = places
    this.#ids = ids
    this.#names = names
    this.#service = service
    this.#target = target
    this.#end = end
  }

  static async of(
    places: Places,
    record: StackRecord,
    names: Names,
    service: string,
    target: number,
    end: () => Promise<void>,
  ): Promise<ContainerStack> {
    return new ContainerStack(places, record, await idsOf(record, service, names), names, service, target, end)
  }

  /** Port that the API should listen on, inside. */
  get target() {
    return this.#target
  }

  async services(): Promise<ServiceState[]> {
    const result = await docker([
      'ps',
      '-a',
      '--filter',
      `label=com.docker.compose.project=${this.name}`,
      '--format',
      '{{.Label "com.docker.compose.service"}}\t{{.State}}\t{{.Status}}\t{{.Label "com.docker.compose.container-number"}}',
    ])
    const { db, redis, edge } = this.#names
    const several = this.replicas.length > 1
    const wanted = [db, ...(this.record.hasRedis ? [redis] : []), this.#service, ...(this.#ids.edge ? [edge] : [])]
    // What answers is healthy, whenever its own check last looked.
    const front = [this.#service, edge]
    const answers = await answersHttp(this.origin, 2_000)
    const found = result.stdout
      .trim()
      .split('\n')
      .map((line) => line.split('\t'))
      .filter(([name]) => wanted.includes(name ?? ''))
      .map(([name = '', state = '', status = '', number = '']) => ({
        name: several && name === this.#service ? `${name} ${number}` : name,
        state: front.includes(name) && state === 'running' && answers ? ('healthy' as const) : stateOf(state, status),
        detail: status,
      }))
    return several ? found.toSorted((a, b) => a.name.localeCompare(b.name)) : found
  }

  async owner() {
    const result = await docker(['inspect', '--format', '{{json .Config.Env}}', this.#ids.db])
    const env = new Map(
      (JSON.parse(result.stdout) as string[]).map((line) => [
        line.slice(0, line.indexOf('=')),
        line.slice(line.indexOf('=') + 1),
      ]),
    )
    const user = env.get('POSTGRES_USER') ?? 'postgres'
    return openPsql(this.#ids.db, user, env.get('POSTGRES_DB') ?? user)
  }

  async mark() {
    return { position: Date.now() }
  }

  async logs(mark: { position: number }) {
    const since = ['--since', new Date(mark.position).toISOString()]
    const [first = '', ...more] = this.#ids.apis
    if (more.length === 0) return linesOf(await docker(['logs', ...since, first]))
    const all = await Promise.all(
      this.#ids.apis.map(async (id) => linesOf(await docker(['logs', '--timestamps', ...since, id]))),
    )
    // The engine's own times have one length, so that their texts stand in their order.
    return all
      .flat()
      .sort((a, b) => (timeIn(a) < timeIn(b) ? -1 : 1))
      .map((line) => line.slice(timeIn(line).length + 1))
  }

  /** Name of the image that the API runs from. */
  async image() {
    return (await docker(['inspect', '--format', '{{.Config.Image}}', this.#ids.apis[0] ?? ''])).stdout.trim()
  }

  /** States of the API's containers as the engine names them. */
  async apiStates(): Promise<string[]> {
    const { stdout } = await docker(['inspect', '--format', '{{.State.Status}}', ...this.#ids.apis])
    return stdout.split('\n').filter((line) => line !== '')
  }

  /** Ports that something inside the API's container listens on. */
  async listening(): Promise<number[]> {
    const result = await docker(['exec', this.#ids.apis[0] ?? '', 'cat', '/proc/net/tcp', '/proc/net/tcp6'])
    const lines = result.stdout.split('\n').map((line) => line.trim().split(/\s+/))
    // Docker's own name server listens on 127.0.0.11 (0B00007F).
    const ports = lines
      .filter((f) => f[3] === '0A' && !f[1]?.startsWith('0B00007F'))
      .map((f) => Number.parseInt(f[1]?.split(':')[1] ?? '', 16))
    return [...new Set(ports)]
  }

  async alive() {
    const states = await this.apiStates()
    const ended = states.findIndex((state) => state !== 'running')
    const which = (i: number) => (this.replicas.length === 1 ? '' : ` ${i + 1} of ${this.replicas.length}`)
    if (ended >= 0) {
      const log = (await this.logs({ position: 0 })).slice(-2)
      const detail = `The container${which(ended)} is ${states[ended]}; its last lines are under Log.`
      return { alive: false as const, detail, log }
    }
    const answers = await this.#answers(2_000)
    const mute = answers.indexOf(false)
    if (mute < 0 && (this.replicas.length === 1 || (await answersHttp(this.origin, 2_000))))
      return { alive: true as const }
    const detail =
      mute < 0
        ? 'What stands before the programs of the API answers nothing.'
        : this.replicas.length === 1
          ? 'The process runs and answers nothing, not even /api/health/ready.'
          : 'One of the programs of the API runs and answers nothing, not even /api/health/ready.'
    return { alive: false as const, detail, log: [] }
  }

  /** Does each program answer? */
  #answers(timeout: number): Promise<boolean[]> {
    return Promise.all(this.replicas.map((origin) => answersHttp(origin, timeout)))
  }

  /** Do all programs answer, and what stands before them? */
  async ready(): Promise<boolean> {
    if (!(await this.#answers(1_000)).every(Boolean)) return false
    return this.replicas.length === 1 || answersHttp(this.origin, 1_000)
  }

  revive() {
    return this.#again(1)
  }

  reboot() {
    return this.#again(3)
  }

  /** @param grace seconds until a program that does not end is killed */
  async #again(grace: number): Promise<boolean> {
    await docker(['restart', '-t', String(grace), ...this.#ids.apis], { timeout: 60_000 })
    await this.#refreshEdge()
    const until = performance.now() + 15_000
    while (performance.now() < until) {
      if (await this.ready()) return true
      await sleep(100)
    }
    return false
  }

  /** Containers may have other addresses after a start, and an nginx looks them up once. */
  async #refreshEdge(): Promise<void> {
    if (this.#ids.edge !== undefined) await docker(['restart', '-t', '1', this.#ids.edge], { timeout: 30_000 })
  }

  async redis(): Promise<RedisAccess | undefined> {
    const { redis } = this.#ids
    return redis === undefined ? undefined : openRedisCli(redis, undefined)
  }

  async restart(signal: AbortSignal) {
    if (this.#service !== this.#names.api) throw new Error('an API beside a stack is of its image and is not built')
    // First, so that a file saved while the image is built is seen as changed afterwards.
    const digest = await digestOf(this.dir)
    const file = path.join(this.#places.state, 'run', this.name, 'override.yaml')
    const compose = composeWords(this.name, this.dir, file)
    await build(compose, signal)
    // Until it is done nobody knows of what the containers are. Not to be aborted: half of it leaves a stack without an API.
    this.record.digest = ''
    await saveStack(this.#places, this.record)
    await up(compose, this.#names, new AbortController().signal)
    this.#ids = await idsOf(this.record, this.#service, this.#names)
    await this.#refreshEdge()
    this.record.digest = digest
    await saveStack(this.#places, this.record)
    await waitReady(this, this.#target, signal)
  }

  async signal(name: 'SIGHUP') {
    await dockerOk(['kill', '-s', name.slice(3), ...this.#ids.apis], 'Sending a signal to the API', { timeout: 10_000 })
  }

  /** Its database, its Redis and what stands before its programs. */
  async present() {
    const { db, redis, edge } = this.#ids
    const ids = [db, redis, edge].filter((id) => id !== undefined)
    const result = await docker(['inspect', '--format', '{{.Id}} {{.State.Running}}', ...ids], { timeout: 10_000 })
    return result.code === 0 && ids.every((id) => result.stdout.includes(`${id} true`))
  }

  async secondSource(): Promise<SecondSource | undefined> {
    const network = await this.#network()
    if (!network) return undefined
    const inside =
      this.#ids.edge === undefined
        ? `http://${this.#service}:${this.#target}`
        : `http://${this.#names.edge}:${await this.#edgePort(this.#ids.edge)}`
    return startProbe(network, inside, this.name)
  }

  /** Port that a container publishes, inside. */
  async #edgePort(id: string): Promise<number> {
    const { stdout } = await docker(['port', id])
    return Number(/^(\d+)\/tcp/.exec(stdout)?.[1] ?? 80)
  }

  async attacker(): Promise<Attacker | undefined> {
    const network = await this.#network()
    return network ? startContainerAttacker(network, this.#ids.apis[0] ?? '', this.name) : undefined
  }

  /** A network that the API is in. */
  async #network(): Promise<string | undefined> {
    const result = await docker([
      'inspect',
      '--format',
      '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}',
      this.#ids.apis[0] ?? '',
    ])
    return result.stdout.trim().split(' ')[0]
  }

  close() {
    return this.#end()
  }
}

/** Containers of a stack. */
interface Ids {
  apis: string[]
  db: string
  redis?: string
  /** What stands before several programs, where that is a container too. */
  edge?: string
}

async function idsOf(record: StackRecord, service: string, names: Names): Promise<Ids> {
  const one = async (name: string) => {
    const [id] = await containersOf(record.name, name)
    if (id === undefined)
      throw new EnvironmentTrouble(
        `The container of the service ${name} is not there.`,
        'Start the lab again: npm run lab -- start',
      )
    return id
  }
  await one(service)
  return {
    apis: await containersOf(record.name, service),
    db: await one(names.db),
    ...(record.hasRedis ? { redis: await one(names.redis) } : {}),
    ...(record.replicas !== undefined && record.edge === undefined ? { edge: await one(names.edge) } : {}),
  }
}

async function containersOf(project: string, service: string): Promise<string[]> {
  const labels = [`com.docker.compose.project=${project}`, `com.docker.compose.service=${service}`]
  const filters = [...labels, 'com.docker.compose.oneoff=False'].flatMap((label) => ['--filter', `label=${label}`])
  const result = await docker(['ps', '-aq', '--no-trunc', ...filters])
  return result.stdout.split('\n').filter((id) => id !== '')
}

const linesOf = ({ stdout, stderr }: { stdout: string; stderr: string }) =>
  `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '')

/** The engine's time at the head of a line. */
const timeIn = (line: string) => line.slice(0, Math.max(0, line.indexOf(' ')))

function stateOf(state: string, status: string): ServiceState['state'] {
  if (state !== 'running') return 'exited'
  if (status.includes('(healthy)')) return 'healthy'
  if (status.includes('(unhealthy)')) return 'unhealthy'
  return status.includes('starting') ? 'starting' : 'running'
}

export async function waitReady(stack: ContainerStack, target: number, signal: AbortSignal): Promise<void> {
  const until = performance.now() + READY_MS
  while (!(await stack.ready())) {
    signal.throwIfAborted()
    const state = (await stack.apiStates()).find((one) => one !== 'running')
    const log = async () => (await stack.logs({ position: 0 })).slice(-8)
    if (state !== undefined)
      throw new EnvironmentTrouble(
        `The API ended during its start (container ${state}).`,
        'Its last lines are above. Mend what they name and run this again.',
        await log(),
      )
    if (performance.now() > until) throw await stuck(stack, target, await log())
    await sleep(60)
  }
}

async function stuck(stack: ContainerStack, target: number, log: string[]): Promise<EnvironmentTrouble> {
  const ports = await stack.listening()
  if (ports.length > 0 && !ports.includes(target)) {
    return new EnvironmentTrouble(
      `The API listens on port ${ports.join(', ')} in its container, but PORT says ${target}.`,
      'Listen on the port that the environment variable PORT names (clause health.0).',
      log,
    )
  }
  const where = ports.includes(target)
    ? 'it listens there and answers nothing from outside (is HOST honoured?)'
    : 'it listens nowhere'
  return new EnvironmentTrouble(
    `The API runs but did not answer /api/health/ready within ${READY_MS / 1000} s: ${where}.`,
    'Look for a loop or a wait during its start; the last lines of its log are above.',
    log,
  )
}
