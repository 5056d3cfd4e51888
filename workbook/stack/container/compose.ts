/** Docker Compose for a lab: its files, its names, bringing it up. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { stringify } from 'yaml'
import { writeRandomBlocklist } from '../blocklist.ts'
import { courseOf } from '../course.ts'
import { writeFreshKeys } from '../keys.ts'
import { EnvironmentTrouble, type StackRequest } from '../types.ts'
import { docker, dockerOk } from './docker.ts'

/** Where the grader's files stand inside the API's container. */
const MOUNT = '/run/settings'
/** Where the signing keys stand there. */
const KEYS = '/run/keys'

/** Names of the services in the learner's compose.yaml. */
export interface Names {
  api: string
  db: string
  migrate: string
  /** What stands before several programs of the API. */
  edge: string
  redis: string
}

/** The words of a `docker compose` call on the learner's file with the grader's on top. */
export const composeWords = (project: string, dir: string, override: string) => [
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

/** The parts of a resolved compose file that matter here. */
export interface ComposeConfig {
  services: Record<
    string,
    {
      ports?: { target: number }[]
      environment?: Record<string, string>
      image?: string
      build?: { context: string; dockerfile?: string }
    }
  >
}

/** The learner's compose.yaml, resolved by Compose itself. */
export async function composeConfig(dir: string, project: string, signal: AbortSignal): Promise<ComposeConfig> {
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

/** Images that the services run from or are built from, as far as their names are plain: those that a registry has to give. */
export async function imagesOf(dir: string, config: ComposeConfig): Promise<string[]> {
  const services = Object.values(config.services)
  const built = new Set(services.filter((s) => s.build !== undefined).map((s) => s.image))
  const found = services.filter((s) => s.build === undefined && !built.has(s.image)).map((s) => s.image)
  for (const { build } of services) {
    if (build === undefined) continue
    const file = path.resolve(dir, build.context, build.dockerfile ?? 'Dockerfile')
    found.push(...basesOf(await readFile(file, 'utf8').catch(() => '')))
  }
  return [...new Set(found.filter((image) => image !== undefined))].sort()
}

/** The images after FROM that are neither an earlier stage, nor `scratch`, nor given by an argument. */
export function basesOf(dockerfile: string): string[] {
  const stages = new Set(['scratch'])
  const bases: string[] = []
  for (const line of dockerfile.split('\n')) {
    const match = /^\s*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?/i.exec(line)
    if (match?.[1] === undefined) continue
    if (!stages.has(match[1].toLowerCase()) && !match[1].includes('$')) bases.push(match[1])
    if (match[2] !== undefined) stages.add(match[2].toLowerCase())
  }
  return bases
}

/** Port that a service listens on in its container. @param name as course.json knows it: `api` */
export function portOf(config: ComposeConfig, service: string, name: 'api' | 'edge' = 'api'): number {
  const found = config.services[service]
  if (found === undefined) {
    throw new EnvironmentTrouble(
      `compose.yaml has no service "${service}".`,
      `It has: ${Object.keys(config.services).join(', ')}. Name yours in course.json: {"services": {"${name}": "…"}}.`,
    )
  }
  return found.ports?.[0]?.target ?? Number(found.environment?.PORT ?? 3000)
}

export async function namesOf(dir: string): Promise<Names> {
  const { services } = await courseOf(dir)
  const { api = 'api', db = 'db', migrate = 'migrate', edge = 'edge', redis = 'redis' } = services
  return { api, db, migrate, edge, redis }
}

/** What the grader lays over the learner's compose.yaml. */
export interface Overlay {
  /** The service of the API. */
  service: string
  /** Where each program is published on this machine, and the port that it listens on inside. */
  ports: { published: number[]; target: number }
  /** The same of what stands before several programs. */
  edge?: { service: string; published: number; target: number }
  /** The service is made of this one. */
  extend?: { from: string; service: string; image: string }
  /** Services that run from this image, which is there already. */
  image?: { name: string; services: string[] }
}

/** A mark for a tag of Compose that the YAML writer does not know. */
const OVERRIDE = '__OVERRIDE__'

/** The grader's settings as a second compose file; the learner's own stays as it is. */
export async function writeOverride(
  folder: string,
  request: StackRequest,
  { service, ports, edge, extend, image }: Overlay,
): Promise<{ file: string; env: Record<string, string>; keysDir: string | undefined }> {
  const settings = path.join(folder, 'settings')
  await mkdir(settings, { recursive: true })
  const env: Record<string, string> = { ...request.settings.env }
  if (request.settings.blocklist === 'random') {
    await writeRandomBlocklist(path.join(settings, 'blocklist.txt'))
    env.BLOCKLIST_FILE = `${MOUNT}/blocklist.txt`
  }
  const keysDir = request.settings.keys ? path.join(folder, 'keys') : undefined
  if (keysDir !== undefined) {
    await writeFreshKeys(keysDir)
    env.JWT_KEYS_DIR = KEYS
  }
  const services: Record<string, object> = {}
  for (const name of image?.services ?? []) services[name] = { image: image?.name }
  const [first = 0] = ports.published
  // A range: each container takes a free port of it, at every start.
  const range = ports.published.length === 1 ? `${first}` : `${first}-${ports.published.at(-1)}`
  services[service] = {
    ...services[service],
    ...(extend ? { extends: { file: extend.from, service: extend.service }, image: extend.image } : {}),
    environment: env,
    // The folder of keys as a whole: files that are renamed into it are seen inside. It takes the place of the learner's own.
    volumes: [`${settings}:${MOUNT}:ro`, ...(keysDir === undefined ? [] : [`${keysDir}:${KEYS}:ro`])],
    ...(ports.published.length === 1 ? {} : { deploy: { replicas: ports.published.length } }),
    ports: [`${OVERRIDE}127.0.0.1:${range}:${ports.target}`],
  }
  if (edge !== undefined) services[edge.service] = { ports: [`${OVERRIDE}127.0.0.1:${edge.published}:${edge.target}`] }
  const file = path.join(folder, 'override.yaml')
  // `!override` replaces the learner's ports instead of adding to them (compose >= 2.24).
  await writeFile(
    file,
    stringify({ services }).replaceAll(new RegExp(`ports:\\s*- ${OVERRIDE}(\\S+)`, 'g'), 'ports: !override ["$1"]'),
  )
  return { file, env: request.settings.env, keysDir }
}

/** Builds the images alone: an abort leaves the running containers as they are. */
export async function build(compose: string[], signal: AbortSignal): Promise<void> {
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

/** Builds, unless told not to, and starts; a failure is told by the service that failed. */
export async function up(compose: string[], names: Names, signal: AbortSignal, build = true): Promise<void> {
  const built = build ? '--build' : '--no-build'
  const result = await docker([...compose, 'up', '-d', built, '--remove-orphans'], { signal })
  if (result.code === 0) return
  const text = result.stderr
  const failed = /service "([^"]+)" didn't complete successfully|container \S+?-(\w+)-\d+ (?:is unhealthy|exited)/.exec(
    text,
  )
  const service = failed?.[1] ?? failed?.[2]
  if (service !== undefined) {
    const log = (await docker([...compose, 'logs', '--no-color', '--no-log-prefix', '--tail', '10', service])).stdout
      // Compose moves the cursor even without a terminal.
      .replaceAll('\u001b[2K', '')
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
