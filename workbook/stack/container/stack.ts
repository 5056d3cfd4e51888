/** Starts a lab under Docker Compose, and finds it again. */
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { freePort, freePorts, isFree } from '../../doctor/ports.ts'
import type { ProcessId } from '../child.ts'
import { digestOf, type Places } from '../files.ts'
import { portTaken } from '../port-taken.ts'
import { forgetStack, loadStack, type StackRecord, saveStack } from '../registry.ts'
import { EnvironmentTrouble, type Stack, type StackRequest } from '../types.ts'
import { type ComposeConfig, composeConfig, composeWords, namesOf, portOf, up, writeOverride } from './compose.ts'
import { ContainerStack, waitReady } from './containers.ts'
import { docker, dockerOk, engineVersion } from './docker.ts'

export interface ContainerOptions {
  places: Places
  life: 'lab' | 'run'
  port?: number
  /** Run from this image, without building one. */
  image?: string
  owner: ProcessId
}

/** Builds and starts the stack of a folder under a name of its own. */
export async function startContainerStack(request: StackRequest, options: ContainerOptions): Promise<Stack> {
  const port = options.port ?? (await freePort())
  if (options.port !== undefined && !(await isFree(port))) throw await portTaken(port)
  const names = await namesOf(request.dir)
  const config = await composeConfig(request.dir, request.name, request.signal)
  const target = portOf(config, names.api)
  const folder = path.join(options.places.state, 'run', request.name)
  const several = request.lab.replicas > 1
  const ports = several ? await freePorts(request.lab.replicas) : [port]
  const { image } = options
  const { file, env, keysDir } = await writeOverride(folder, request, {
    service: names.api,
    ports: { published: ports, target },
    ...(several ? { edge: { service: names.edge, published: port, target: portOf(config, names.edge, 'edge') } } : {}),
    ...(image === undefined ? {} : { image: { name: image, services: sharing(config, names.api) } }),
  })
  const compose = composeWords(request.name, request.dir, file)
  const down = () =>
    docker([...compose, 'down', '--remove-orphans', ...(options.life === 'run' ? ['-v', '-t', '2'] : [])])
  const end = async () => {
    const { code } = await down()
    // Without an engine they stay on record, for the day it is back.
    if (code !== 0 && options.life === 'run' && (await engineVersion()) === undefined) return
    // The image of a throw-away stack has a name of its own; its layers stay in the build cache.
    if (options.life === 'run' && image === undefined) await docker(['image', 'rm', '-f', `${request.name}-api`])
    await forget(options.places, request.name)
  }
  const record: StackRecord = {
    name: request.name,
    lab: request.lab.id,
    transport: 'container',
    dir: request.dir,
    runs: request.dir,
    origin: `http://127.0.0.1:${port}`,
    ...(several ? { replicas: ports.map((own) => `http://127.0.0.1:${own}`) } : {}),
    env,
    ...(redisIn(request) ? { hasRedis: true } : {}),
    digest: await digestOf(request.dir),
    blocklistFile:
      request.settings.blocklist === 'random'
        ? path.join(folder, 'settings', 'blocklist.txt')
        : path.join(request.dir, 'data', 'blocklist.txt'),
    ...(keysDir === undefined ? {} : { keysDir }),
    ...(options.life === 'run' ? { owner: options.owner } : {}),
  }
  try {
    // On record before anything runs: what a killed command leaves can then be found and ended.
    if (options.life === 'run') await saveStack(options.places, record)
    request.progress('Building and starting the containers.')
    await up(compose, names, request.signal, image === undefined)
    const stack = await ContainerStack.of(options.places, record, names, names.api, target, end)
    await waitReady(stack, target, request.signal)
    await saveStack(options.places, record)
    return stack
  } catch (error) {
    await end().catch(() => {})
    throw error
  }
}

const redisIn = ({ lab }: StackRequest) => lab.services.includes('redis')

/** Services that run from the image that the API is built into, the API among them. */
function sharing(config: ComposeConfig, api: string): string[] {
  const image = config.services[api]?.image
  return Object.entries(config.services).flatMap(([name, service]) =>
    name === api || (image !== undefined && service.image === image) ? [name] : [],
  )
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

/** Takes a stack off the record, with the grader's files for it. */
export async function forget(places: Places, name: string): Promise<void> {
  await forgetStack(places, name)
  await rm(path.join(places.state, 'run', name), { recursive: true, force: true })
}
