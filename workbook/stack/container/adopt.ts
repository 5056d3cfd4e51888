/** Stacks that run already: by `lab start`, or by hand. */
import { realpath } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePorts } from '../../doctor/ports.ts'
import { endGroup, type ProcessId } from '../child.ts'
import { digestOf, newestChange, type Places } from '../files.ts'
import { startEdge } from '../process/edge.ts'
import { loadStack, type StackRecord, saveStack } from '../registry.ts'
import type { Stack, StackRequest } from '../types.ts'
import { composeConfig, composeWords, namesOf, portOf, writeOverride } from './compose.ts'
import { ContainerStack, waitReady } from './containers.ts'
import { docker, dockerOk } from './docker.ts'
import { forget } from './stack.ts'

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
  // A course.json that cannot be read hides nothing that runs; whoever needs what it says will tell of its mistake.
  const { api: service } = await namesOf(dir).catch(() => ({ api: 'api' }))
  const result = await docker(
    [
      'ps',
      '--filter',
      `label=com.docker.compose.project.working_dir=${real}`,
      '--filter',
      `label=com.docker.compose.service=${service}`,
      '--format',
      '{{.ID}} {{.Label "com.docker.compose.project"}}',
    ],
    { timeout: 10_000 },
  ).catch(() => undefined)
  const [api, project] = result?.code === 0 ? (result.stdout.trim().split('\n')[0] ?? '').split(' ') : []
  if (!api || !project) return undefined
  return { api, project, image: (await docker(['inspect', '--format', '{{.Config.Image}}', api])).stdout.trim() }
}

/** Does the API of a stack that was found answer, as far as its own health check says? Without one: it runs. */
export async function isHealthy(running: Running): Promise<boolean> {
  const format = '{{.State.Running}} {{if .State.Health}}{{.State.Health.Status}}{{else}}healthy{{end}}'
  const result = await docker(['inspect', '--format', format, running.api], { timeout: 10_000 })
  return result.stdout.trim() === 'true healthy'
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
  const ports = await freePorts(request.lab.replicas)
  // One for each command: two may grade the same stack at once.
  const service = `api-graded-${self.pid.toString(36)}`
  const name = `${running.project}-${service}`
  const folder = path.join(places.state, 'run', name)
  const { file, env, keysDir } = await writeOverride(folder, request, {
    service,
    ports: { published: ports, target },
    extend: { from: path.join(request.dir, 'compose.yaml'), service: names.api, image: running.image },
  })
  const compose = composeWords(running.project, request.dir, file)
  const remove = async () => {
    if (adopted.edge !== undefined) await endGroup(adopted.edge)
    await docker([...compose, 'rm', '-fsv', service], { timeout: 30_000 })
    await forget(places, name)
  }
  const older = await staleNote(running, request.dir)
  const adopted: StackRecord = {
    name: running.project,
    lab: request.lab.id,
    transport: 'container',
    dir: request.dir,
    runs: request.dir,
    origin: `http://127.0.0.1:${ports[0]}`,
    ...(ports.length === 1 ? {} : { replicas: ports.map((port) => `http://127.0.0.1:${port}`) }),
    env,
    // What an older image is made of cannot be told from the folder.
    digest: older === undefined ? await digestOf(request.dir) : '',
    blocklistFile: path.join(folder, 'settings', 'blocklist.txt'),
    ...(keysDir === undefined ? {} : { keysDir }),
    ...(request.lab.services.includes('redis') ? { hasRedis: true } : {}),
  }
  const save = () => saveStack(places, { ...adopted, name, beside: { project: running.project, service }, owner: self })
  try {
    await save()
    await dockerOk(
      [...compose, 'up', '-d', '--no-deps', '--no-build', service],
      'Starting a second API beside the running one',
      { signal: request.signal },
    )
    if (adopted.replicas !== undefined) {
      // Theirs stands before their own programs: before these there is one of ours.
      const edge = await startEdge(adopted.replicas, 0, { ...request, name }, places)
      adopted.edge = edge.id
      adopted.origin = edge.origin
      await save()
    }
    const stack = await ContainerStack.of(places, adopted, names, service, target, remove)
    await waitReady(stack, target, request.signal)
    const note =
      'This stack was started by hand and keeps its own settings: beside its API a second one of the same image is graded, with the grader’s settings, on the same database.'
    return {
      stack,
      ours: false,
      note: [note, older].filter((n) => n !== undefined).join(' '),
    }
  } catch (error) {
    await remove().catch(() => {})
    if (request.signal.aborted) await sweepLate(running.project, service)
    throw error
  }
}

/** What was asked of the engine before an interruption may come after it, late on a busy machine: looked for three times more. */
async function sweepLate(project: string, service: string): Promise<void> {
  const labels = [`com.docker.compose.project=${project}`, `com.docker.compose.service=${service}`]
  for (const wait of [400, 1_200, 2_400]) {
    await sleep(wait)
    const { stdout } = await docker(['ps', '-aq', ...labels.flatMap((label) => ['--filter', `label=${label}`])])
    for (const id of stdout.split('\n').filter((line) => line !== '')) await docker(['rm', '-f', '-v', id])
  }
}

async function hasSettings(container: string, env: Record<string, string>): Promise<boolean> {
  const result = await docker(['inspect', '--format', '{{json .Config.Env}}', container])
  const there = result.code === 0 ? (JSON.parse(result.stdout) as string[]) : []
  return Object.entries(env).every(([key, value]) => there.includes(`${key}=${value}`))
}

async function staleNote(running: Running, dir: string): Promise<string | undefined> {
  const created = Date.parse((await docker(['inspect', '--format', '{{.Created}}', running.image])).stdout.trim())
  if (Number.isNaN(created) || (await newestChange(path.join(dir, 'api'))) <= created + 1_000) return undefined
  return 'Files in api/ are newer than the running image: what is graded is the image, and the run does not count as progress. Rebuild with docker compose up --build.'
}
