/** Removes what labs left on this machine: containers, volumes, images, databases, caches. Never a copy, a snapshot or progress. */
import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Lab } from '../catalog/index.ts'
import { isAlive } from '../stack/child.ts'
import { docker, engineVersion } from '../stack/container/docker.ts'
import { type EngineThing, removeThing, takeInventory } from '../stack/container/inventory.ts'
import { dataFolders, postgresCaches } from '../stack/postgres/server.ts'
import { listStacks, processesOf, type StackRecord } from '../stack/registry.ts'
import type { Context } from './context.ts'
import { withLabLock } from './lab-lock.ts'
import { bytesOf } from './pull.ts'
import { UsageError } from './usage.ts'

export interface Folder {
  kind: 'database' | 'cache'
  /** Absolute. */
  dir: string
  bytes: number
}

export interface CleanPlan {
  engine: EngineThing[]
  folders: Folder[]
  /** Stacks that run: nothing is removed while there are some. */
  running: string[]
  /** What stays though one may wonder, in sentences. */
  kept: string[]
}

/** Folders of `.workbook/` that are made again when they are needed. Results, hints, the last lab and the fetched Node are none of them. */
const caches = ['mirror', 'verify', 'types', 'run', 'logs', 'redis', 'compile-cache', 'site-next', 'stacks', 'python']

/** Looks at what there is, and changes nothing. */
export async function planClean(context: Context): Promise<CleanPlan> {
  const records = await listStacks(context.places)
  const alive = (await Promise.all(records.map(async (r) => ((await lives(r)) ? r.name : undefined)))).filter(
    (name) => name !== undefined,
  )
  const engine = (await engineVersion()) !== undefined
  const inventory = engine
    ? await takeInventory(context.root, { dirs: records.map((r) => r.dir), names: records.map((r) => r.name) })
    : { own: [], foreign: [] }
  const projects = inventory.own.filter((t) => t.running).map((t) => t.project)
  const data = await dataFolders(context.places)
  const postgres = await postgresCaches(context.places)
  const kept = [
    ...(engine ? [] : ['No Docker engine answers: containers, volumes and images were not looked at.']),
    ...foreignSentence(inventory.foreign),
    ...(data.others && postgres.length > 0
      ? [`PostgreSQL in ${context.places.shared}: another checkout on this machine has databases there.`]
      : []),
    ...(engine ? await baseSentence() : []),
    'Your copies, their snapshots, results, hints and progress.',
  ]
  const cacheDirs = [
    ...caches.map((name) => path.join(context.places.state, name)),
    ...(await halfFetched(context)),
    ...(data.others ? [] : postgres),
  ].filter((dir) => existsSync(dir))
  const folders = await Promise.all([
    ...data.own.map(async (dir): Promise<Folder> => ({ kind: 'database', dir, bytes: await bytesOf(dir) })),
    ...cacheDirs.map(async (dir): Promise<Folder> => ({ kind: 'cache', dir, bytes: await bytesOf(dir) })),
  ])
  return { engine: inventory.own, folders, running: [...new Set([...alive, ...projects])].sort(), kept }
}

export interface Cleaned {
  removed: number
  /** What could not be removed, in sentences. */
  failed: string[]
}

/**
 * Removes what the plan names, where it still is so.
 * @param labs all labs: none of them may be started meanwhile
 * @throws UsageError while a stack runs
 */
export async function clean(context: Context, labs: readonly Lab[], plan: CleanPlan): Promise<Cleaned> {
  const [first, ...rest] = labs
  if (first !== undefined) return withLabLock(context, first, 'clean', () => clean(context, rest, plan))
  // Looked at again: something may have been started while a person read the list.
  const now = await planClean(context)
  if (now.running.length > 0) throw new UsageError(runningSentence(now.running))
  const failed: string[] = []
  let removed = 0
  for (const thing of now.engine.filter((t) => plan.engine.some((p) => p.kind === t.kind && p.id === t.id))) {
    context.signal.throwIfAborted()
    const why = await removeThing(thing)
    if (why === undefined) removed++
    else failed.push(`${thing.kind} ${thing.name}: ${why}`)
  }
  for (const folder of now.folders.filter((f) => plan.folders.some((p) => p.dir === f.dir))) {
    context.signal.throwIfAborted()
    try {
      await rm(folder.dir, { recursive: true, force: true, maxRetries: 2 })
      removed++
    } catch (error) {
      failed.push(`${folder.dir}: ${(error as Error).message}`)
    }
  }
  return { removed, failed }
}

/** Why nothing is removed, and what to do. */
export const runningSentence = (names: readonly string[]): string =>
  `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} running, so nothing is removed. Stop first: npm run lab -- stop L01 (or docker compose down, for one that you started by hand).`

/** Does anything of a stack on record run as a process? Containers are asked of the engine. */
async function lives(record: StackRecord): Promise<boolean> {
  const ids = [...processesOf(record), record.owner].filter((id) => id !== undefined)
  return (await Promise.all(ids.map(isAlive))).some((alive) => alive)
}

function foreignSentence(foreign: readonly EngineThing[]): string[] {
  const projects = [...new Set(foreign.map((thing) => thing.project))].sort()
  return projects.length === 0
    ? []
    : [`What belongs to ${projects.join(', ')}: stacks of other folders on this machine, as far as can be told.`]
}

/** Images that labs are built from are not ours, and other projects may use them. */
async function baseSentence(): Promise<string[]> {
  const names = ['postgres:17', 'redis:8', 'nginx:1.28', 'node:24-trixie-slim']
  const there: string[] = []
  for (const name of names)
    if ((await docker(['image', 'inspect', name], { timeout: 20_000 })).code === 0) there.push(name)
  return there.length === 0
    ? []
    : [
        `The images ${new Intl.ListFormat('en').format(there)}, which are not ours alone. To remove them: docker image rm ${there.join(' ')}`,
      ]
}

/** Folders of a fetch of PostgreSQL that was killed. */
async function halfFetched(context: Context): Promise<string[]> {
  const names = await readdir(context.places.state).catch((): string[] => [])
  return names
    .filter((name) => /^postgres-[0-9a-f]{8}$/.test(name))
    .map((name) => path.join(context.places.state, name))
}
