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

const READY_MS = 30_000

export class ContainerStack extends RecordedStack implements Stack {
  readonly transport = 'container'
  readonly #places: Places
  #ids: { api: string; db: string }
  readonly #names: Names
  readonly #service: string
  readonly #target: number
  readonly #end: () => Promise<void>

  private constructor(
    places: Places,
    record: StackRecord,
    ids: { api: string; db: string },
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
    return new ContainerStack(places, record, await idsOf(record.name, service, names.db), names, service, target, end)
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
      '{{.Label "com.docker.compose.service"}}\t{{.State}}\t{{.Status}}',
    ])
    const wanted = [this.#names.db, this.#service]
    const answers = await answersHttp(this.origin, 2_000)
    return result.stdout
      .trim()
      .split('\n')
      .map((line) => line.split('\t'))
      .filter(([name]) => wanted.includes(name ?? ''))
      .map(([name = '', state = '', status = '']) => ({
        name,
        state: name === this.#service && state === 'running' && answers ? 'healthy' : stateOf(state, status),
        detail: status,
      }))
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
    const result = await docker(['logs', '--since', new Date(mark.position).toISOString(), this.#ids.api])
    return `${result.stdout}\n${result.stderr}`.split('\n').filter((line) => line.trim() !== '')
  }

  /** Name of the image that the API runs from. */
  async image() {
    return (await docker(['inspect', '--format', '{{.Config.Image}}', this.#ids.api])).stdout.trim()
  }

  /** State of the API's container as the engine names it. */
  async apiState() {
    return (await docker(['inspect', '--format', '{{.State.Status}}', this.#ids.api])).stdout.trim()
  }

  /** Ports that something inside the API's container listens on. */
  async listening(): Promise<number[]> {
    const result = await docker(['exec', this.#ids.api, 'cat', '/proc/net/tcp', '/proc/net/tcp6'])
    const lines = result.stdout.split('\n').map((line) => line.trim().split(/\s+/))
    // Docker's own name server listens on 127.0.0.11 (0B00007F).
    const ports = lines
      .filter((f) => f[3] === '0A' && !f[1]?.startsWith('0B00007F'))
      .map((f) => Number.parseInt(f[1]?.split(':')[1] ?? '', 16))
    return [...new Set(ports)]
  }

  async alive() {
    const state = await this.apiState()
    if (state !== 'running') {
      const log = (await this.logs({ position: 0 })).slice(-2)
      return { alive: false as const, detail: `The container is ${state}; its last lines are under Log.`, log }
    }
    if (await answersHttp(this.origin, 2_000)) return { alive: true as const }
    const detail = 'The process runs and answers nothing, not even /api/health/ready.'
    return { alive: false as const, detail, log: [] }
  }

  async revive() {
    await docker(['restart', '-t', '1', this.#ids.api], { timeout: 30_000 })
    return this.#comesUp()
  }

  async #comesUp() {
    const until = performance.now() + 15_000
    while (performance.now() < until) {
      if (await answersHttp(this.origin, 1_000)) return true
      await sleep(100)
    }
    return false
  }

  async reboot() {
    await docker(['restart', '-t', '3', this.#ids.api], { timeout: 30_000 })
    return this.#comesUp()
  }

  async redis(): Promise<RedisAccess | undefined> {
    return undefined
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
    this.#ids = await idsOf(this.name, this.#service, this.#names.db)
    this.record.digest = digest
    await saveStack(this.#places, this.record)
    await waitReady(this, this.#target, signal)
  }

  async signal(name: 'SIGHUP') {
    await dockerOk(['kill', '-s', name.slice(3), this.#ids.api], 'Sending a signal to the API', { timeout: 10_000 })
  }

  async present() {
    const { api, db } = this.#ids
    const result = await docker(['inspect', '--format', '{{.Id}} {{.State.Running}}', api, db], { timeout: 10_000 })
    return result.code === 0 && result.stdout.includes(`${db} true`)
  }

  async secondSource(): Promise<SecondSource | undefined> {
    const network = await this.#network()
    return network ? startProbe(network, `http://${this.#service}:${this.#target}`, this.name) : undefined
  }

  async attacker(): Promise<Attacker | undefined> {
    const network = await this.#network()
    return network ? startContainerAttacker(network, this.#ids.api, this.name) : undefined
  }

  /** A network that the API is in. */
  async #network(): Promise<string | undefined> {
    const result = await docker([
      'inspect',
      '--format',
      '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}',
      this.#ids.api,
    ])
    return result.stdout.trim().split(' ')[0]
  }

  close() {
    return this.#end()
  }
}

async function idsOf(project: string, service: string, database: string): Promise<{ api: string; db: string }> {
  const [api, db] = await Promise.all([containerOf(project, service), containerOf(project, database)])
  const missing = (name: string) =>
    new EnvironmentTrouble(
      `The container of the service ${name} is not there.`,
      'Start the lab again: npm run lab -- start',
    )
  if (api === undefined) throw missing(service)
  if (db === undefined) throw missing(database)
  return { api, db }
}

async function containerOf(project: string, service: string): Promise<string | undefined> {
  const result = await docker([
    'ps',
    '-aq',
    '--no-trunc',
    '--filter',
    `label=com.docker.compose.project=${project}`,
    '--filter',
    `label=com.docker.compose.service=${service}`,
  ])
  return result.stdout.trim().split('\n')[0] || undefined
}

function stateOf(state: string, status: string): ServiceState['state'] {
  if (state !== 'running') return 'exited'
  if (status.includes('(healthy)')) return 'healthy'
  if (status.includes('(unhealthy)')) return 'unhealthy'
  return status.includes('starting') ? 'starting' : 'running'
}

export async function waitReady(stack: ContainerStack, target: number, signal: AbortSignal): Promise<void> {
  const until = performance.now() + READY_MS
  while (!(await answersHttp(stack.origin, 1_000))) {
    signal.throwIfAborted()
    const state = await stack.apiState()
    const log = async () => (await stack.logs({ position: 0 })).slice(-8)
    if (state !== 'running')
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
