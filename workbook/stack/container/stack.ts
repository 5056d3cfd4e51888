/** A lab under Docker Compose. */
import { mkdir, realpath, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { stringify } from 'yaml'
import { freePort, isFree } from '../../doctor/ports.ts'
import { writeRandomBlocklist } from '../blocklist.ts'
import type { ProcessId } from '../child.ts'
import { digestOf, newestChange, type Places } from '../files.ts'
import { courseOf, portTaken } from '../process/stack.ts'
import { answersHttp } from '../ready.ts'
import { forgetStack, loadStack, type StackRecord, saveStack } from '../registry.ts'
import { EnvironmentTrouble, type SecondSource, type ServiceState, type Stack, type StackRequest } from '../types.ts'
import { docker, dockerOk } from './docker.ts'
import { startProbe } from './probe.ts'
import { openPsql } from './psql.ts'

/** Where the grader's files stand inside the API's container. */
const MOUNT = '/run/settings'
const READY_MS = 30_000

export interface ContainerOptions {
  places: Places
  life: 'lab' | 'run'
  port?: number
  owner: ProcessId
}

interface Names {
  api: string
  db: string
  migrate: string
}

/** Builds and starts the stack of a folder under a name of its own. */
export async function startContainerStack(request: StackRequest, options: ContainerOptions): Promise<Stack> {
  const port = options.port ?? (await freePort())
  if (options.port !== undefined && !(await isFree(port))) throw await portTaken(port)
  const names = await namesOf(request.dir)
  const config = await composeConfig(request.dir, request.name, request.signal)
  const target = portOf(config, names.api)
  const folder = path.join(options.places.state, 'run', request.name)
  const { file, env } = await writeOverride(folder, request, names.api, port, target)
  const compose = composeWords(request.name, request.dir, file)
  const down = () =>
    docker([...compose, 'down', '--remove-orphans', ...(options.life === 'run' ? ['-v', '-t', '2'] : [])])
  const record: StackRecord = {
    name: request.name,
    lab: request.lab.id,
    transport: 'container',
    dir: request.dir,
    runs: request.dir,
    origin: `http://127.0.0.1:${port}`,
    env,
    digest: await digestOf(request.dir),
    blocklistFile:
      request.settings.blocklist === 'random'
        ? path.join(folder, 'settings', 'blocklist.txt')
        : path.join(request.dir, 'data', 'blocklist.txt'),
    ...(options.life === 'run' ? { owner: options.owner } : {}),
  }
  try {
    // On record before anything runs: what a killed command leaves can then be found and ended.
    if (options.life === 'run') await saveStack(options.places, record)
    request.progress('Building and starting the containers.')
    await up(compose, names, request.signal)
    const stack = await ContainerStack.of(options.places, record, names, names.api, target, async () => {
      await down()
      // The image of a throw-away stack has a name of its own; its layers stay in the build cache.
      if (options.life === 'run') await docker(['image', 'rm', '-f', `${request.name}-api`])
      await forget(options.places, request.name)
    })
    await waitReady(stack, target, request.signal)
    await saveStack(options.places, record)
    return stack
  } catch (error) {
    await down().catch(() => {})
    await forget(options.places, request.name)
    throw error
  }
}

/** A stack that runs for this folder, by `lab start` or by hand. */
export interface Running {
  project: string
  /** Container id of the API. */
  api: string
  image: string
}

/** Looks for a running Compose project of this folder, whoever started it. */
export async function findRunning(dir: string): Promise<Running | undefined> {
  const real = await realpath(dir)
  const names = await namesOf(dir)
  const result = await docker(
    [
      'ps',
      '--filter',
      `label=com.docker.compose.project.working_dir=${real}`,
      '--filter',
      `label=com.docker.compose.service=${names.api}`,
      '--format',
      '{{.ID}} {{.Label "com.docker.compose.project"}}',
    ],
    { timeout: 10_000 },
  ).catch(() => undefined)
  const [api, project] = result?.code === 0 ? (result.stdout.trim().split('\n')[0] ?? '').split(' ') : []
  if (!api || !project) return undefined
  return { api, project, image: (await docker(['inspect', '--format', '{{.Config.Image}}', api])).stdout.trim() }
}

export interface Adopted {
  stack: Stack
  /** Begun by `lab start`, with the grader's settings. */
  ours: boolean
  note: string | undefined
}

/**
 * Uses a stack that runs. One that `lab start` began has the grader's settings already. One that was started by hand keeps its own, untouched:
 * beside its API a second one of the same image is started with the grader's settings on the same database, and removed at the end.
 */
export async function adoptContainerStack(
  request: StackRequest,
  running: Running,
  places: Places,
  self: ProcessId,
): Promise<Adopted> {
  const names = await namesOf(request.dir)
  const record = await loadStack(places, running.project)
  const config = await composeConfig(request.dir, running.project, request.signal)
  const target = portOf(config, names.api)
  if (record?.transport === 'container' && record.dir === request.dir && (await hasSettings(running.api, record.env))) {
    const stack = await ContainerStack.of(places, record, names, names.api, target, async () => {})
    return { stack, ours: true, note: undefined }
  }
  const port = await freePort()
  // One for each command: two may grade the same stack at once.
  const service = `api-graded-${self.pid.toString(36)}`
  const name = `${running.project}-${service}`
  const folder = path.join(places.state, 'run', name)
  const { file, env } = await writeOverride(folder, request, service, port, target, {
    from: path.join(request.dir, 'compose.yaml'),
    service: names.api,
    image: running.image,
  })
  const compose = composeWords(running.project, request.dir, file)
  const remove = async () => {
    await docker([...compose, 'rm', '-fsv', service], { timeout: 30_000 })
    await forget(places, name)
  }
  const adopted: StackRecord = {
    name: running.project,
    lab: request.lab.id,
    transport: 'container',
    dir: request.dir,
    runs: request.dir,
    origin: `http://127.0.0.1:${port}`,
    env,
    digest: await digestOf(request.dir),
    blocklistFile: path.join(folder, 'settings', 'blocklist.txt'),
  }
  try {
    await saveStack(places, { ...adopted, name, beside: { project: running.project, service }, owner: self })
    await dockerOk(
      [...compose, 'up', '-d', '--no-deps', '--no-build', service],
      'Starting a second API beside the running one',
      { signal: request.signal },
    )
    const stack = await ContainerStack.of(places, adopted, names, service, target, remove)
    await waitReady(stack, target, request.signal)
    const note =
      'This stack was started by hand and keeps its own settings: beside its API a second one of the same image is graded, with the grader’s settings, on the same database.'
    return {
      stack,
      ours: false,
      note: [note, await staleNote(running, request.dir)].filter((n) => n !== undefined).join(' '),
    }
  } catch (error) {
    await remove().catch(() => {})
    throw error
  }
}

/** The stack that `lab start` began, for `stop`, `status` and `logs`. */
export async function findContainerStack(places: Places, name: string): Promise<Stack | undefined> {
  const record = await loadStack(places, name)
  if (record?.transport !== 'container') return undefined
  const names = await namesOf(record.dir)
  const file = path.join(places.state, 'run', name, 'override.yaml')
  const target = await composeConfig(record.dir, name, AbortSignal.timeout(20_000)).then((config) =>
    portOf(config, names.api),
  )
  try {
    return await ContainerStack.of(places, record, names, names.api, target, async () => {
      await dockerOk([...composeWords(name, record.dir, file), 'down', '--remove-orphans'], 'Stopping the containers')
      await forget(places, name)
    })
  } catch (error) {
    if (error instanceof EnvironmentTrouble) return undefined
    throw error
  }
}

/** Does the API of a stack that was found answer, as far as its own health check says? Without one: it runs. */
export async function isHealthy(running: Running): Promise<boolean> {
  const format = '{{.State.Running}} {{if .State.Health}}{{.State.Health.Status}}{{else}}healthy{{end}}'
  const result = await docker(['inspect', '--format', format, running.api], { timeout: 10_000 })
  return result.stdout.trim() === 'true healthy'
}

/** Builds the images alone: an abort leaves the running containers as they are. */
async function build(compose: string[], signal: AbortSignal): Promise<void> {
  const result = await docker([...compose, 'build'], { signal })
  if (result.code === 0) return
  const lines = `${result.stdout}\n${result.stderr}`
    .split('\n')
    .map((l) => l.trimEnd())
    .filter((l) => l !== '')
  throw new EnvironmentTrouble(
    'The image could not be built.',
    'The last lines of docker compose build are above. Mend what they name and run this again.',
    lines.slice(-14),
  )
}

async function up(compose: string[], names: Names, signal: AbortSignal): Promise<void> {
  const result = await docker([...compose, 'up', '-d', '--build', '--remove-orphans'], { signal })
  if (result.code === 0) return
  const text = result.stderr
  const failed = /service "([^"]+)" didn't complete successfully|container \S+?-(\w+)-\d+ (?:is unhealthy|exited)/.exec(
    text,
  )
  const service = failed?.[1] ?? failed?.[2]
  if (service !== undefined) {
    const log = (await docker([...compose, 'logs', '--no-color', '--no-log-prefix', '--tail', '10', service])).stdout
      .trim()
      .split('\n')
    const what = service === names.migrate ? 'The migrations failed' : `The service ${service} did not become healthy`
    throw new EnvironmentTrouble(`${what}.`, 'Its last lines are above. Mend what they name and run this again.', log)
  }
  if (/port is already allocated|address already in use/i.test(text)) {
    throw new EnvironmentTrouble(
      'A port of the stack is taken.',
      'Another stack may hold it: npm run lab -- status',
      text.trim().split('\n').slice(-2),
    )
  }
  if (/Cannot connect to the Docker daemon|error during connect/i.test(text))
    throw new EnvironmentTrouble(
      'The Docker engine does not answer.',
      'Start Docker and run this again, or go without it: --runtime process',
    )
  const lines = `${result.stdout}\n${text}`
    .split('\n')
    .map((l) => l.trimEnd())
    .filter((l) => l !== '')
    .slice(-14)
  throw new EnvironmentTrouble('docker compose up failed.', 'The last lines of its output are above.', lines)
}

async function forget(places: Places, name: string): Promise<void> {
  await forgetStack(places, name)
  await rm(path.join(places.state, 'run', name), { recursive: true, force: true })
}

async function waitReady(stack: ContainerStack, target: number, signal: AbortSignal): Promise<void> {
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

const composeWords = (project: string, dir: string, override: string) => [
  'compose',
  '-p',
  project,
  '--project-directory',
  dir,
  '-f',
  path.join(dir, 'compose.yaml'),
  '-f',
  override,
]

interface ComposeConfig {
  services: Record<string, { ports?: { target: number }[]; environment?: Record<string, string> }>
}

async function composeConfig(dir: string, project: string, signal: AbortSignal): Promise<ComposeConfig> {
  const text = await dockerOk(
    [
      'compose',
      '-p',
      project,
      '--project-directory',
      dir,
      '-f',
      path.join(dir, 'compose.yaml'),
      'config',
      '--format',
      'json',
    ],
    'Reading compose.yaml',
    { signal },
  )
  return JSON.parse(text) as ComposeConfig
}

function portOf(config: ComposeConfig, api: string): number {
  const service = config.services[api]
  if (service === undefined) {
    throw new EnvironmentTrouble(
      `compose.yaml has no service "${api}".`,
      `It has: ${Object.keys(config.services).join(', ')}. Name yours in course.json: {"services": {"api": "…"}}.`,
    )
  }
  return service.ports?.[0]?.target ?? Number(service.environment?.PORT ?? 3000)
}

async function namesOf(dir: string): Promise<Names> {
  const { services } = await courseOf(dir)
  return { api: services.api ?? 'api', db: services.db ?? 'db', migrate: services.migrate ?? 'migrate' }
}

/** The grader's settings as a second compose file; the learner's own stays as it is. */
async function writeOverride(
  folder: string,
  request: StackRequest,
  service: string,
  port: number,
  target: number,
  extend?: { from: string; service: string; image: string },
): Promise<{ file: string; env: Record<string, string> }> {
  const settings = path.join(folder, 'settings')
  await mkdir(settings, { recursive: true })
  const env: Record<string, string> = { ...request.settings.env }
  if (request.settings.blocklist === 'random') {
    await writeRandomBlocklist(path.join(settings, 'blocklist.txt'))
    env.BLOCKLIST_FILE = `${MOUNT}/blocklist.txt`
  }
  const body = {
    services: {
      [service]: {
        ...(extend ? { extends: { file: extend.from, service: extend.service }, image: extend.image } : {}),
        environment: env,
        volumes: [`${settings}:${MOUNT}:ro`],
        ports: ['__PORTS__'],
      },
    },
  }
  const file = path.join(folder, 'override.yaml')
  // `!override` replaces the learner's ports instead of adding to them (compose >= 2.24).
  await writeFile(
    file,
    stringify(body).replace(/ports:\s*- __PORTS__/, `ports: !override ["127.0.0.1:${port}:${target}"]`),
  )
  return { file, env: request.settings.env }
}

async function hasSettings(container: string, env: Record<string, string>): Promise<boolean> {
  const result = await docker(['inspect', '--format', '{{json .Config.Env}}', container])
  const there = result.code === 0 ? (JSON.parse(result.stdout) as string[]) : []
  return Object.entries(env).every(([key, value]) => there.includes(`${key}=${value}`))
}

async function staleNote(running: Running, dir: string): Promise<string | undefined> {
  const created = Date.parse((await docker(['inspect', '--format', '{{.Created}}', running.image])).stdout.trim())
  if (Number.isNaN(created) || (await newestChange(path.join(dir, 'api'))) <= created + 1_000) return undefined
  return 'Files in api/ are newer than the running image: what is graded is the image. Rebuild with docker compose up --build.'
}

class ContainerStack implements Stack {
  readonly transport = 'container'
  readonly #places: Places
  readonly #record: StackRecord
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
    this.#places = places
    this.#record = record
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

  get name() {
    return this.#record.name
  }
  get dir() {
    return this.#record.dir
  }
  get origin() {
    return this.#record.origin
  }
  get env() {
    return this.#record.env
  }
  get blocklistFile() {
    return this.#record.blocklistFile
  }
  get digest() {
    return this.#record.digest
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
    const until = performance.now() + 15_000
    while (performance.now() < until) {
      if (await answersHttp(this.origin, 1_000)) return true
      await sleep(100)
    }
    return false
  }

  async restart(signal: AbortSignal) {
    if (this.#service !== this.#names.api) throw new Error('an API beside a stack is of its image and is not built')
    // First, so that a file saved while the image is built is seen as changed afterwards.
    const digest = await digestOf(this.dir)
    const file = path.join(this.#places.state, 'run', this.name, 'override.yaml')
    const compose = composeWords(this.name, this.dir, file)
    await build(compose, signal)
    // Until it is done nobody knows of what the containers are. Not to be aborted: half of it leaves a stack without an API.
    this.#record.digest = ''
    await saveStack(this.#places, this.#record)
    await up(compose, this.#names, new AbortController().signal)
    this.#ids = await idsOf(this.name, this.#service, this.#names.db)
    this.#record.digest = digest
    await saveStack(this.#places, this.#record)
    await waitReady(this, this.#target, signal)
  }

  async present() {
    const { api, db } = this.#ids
    const result = await docker(['inspect', '--format', '{{.Id}} {{.State.Running}}', api, db], { timeout: 10_000 })
    return result.code === 0 && result.stdout.includes(`${db} true`)
  }

  async secondSource(): Promise<SecondSource | undefined> {
    const result = await docker([
      'inspect',
      '--format',
      '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}',
      this.#ids.api,
    ])
    const network = result.stdout.trim().split(' ')[0]
    return network ? startProbe(network, `http://${this.#service}:${this.#target}`, this.name) : undefined
  }

  close() {
    return this.#end()
  }
}

export type { ContainerStack }

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
