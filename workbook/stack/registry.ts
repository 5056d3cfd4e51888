/** Stacks that run, on disk: so that another command finds them, and what a killed command left behind can be ended. */
import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { endGroup, isAlive, type ProcessId } from './child.ts'
import { docker, engineVersion } from './container/docker.ts'
import { type Places, readJson, writeAtomic } from './files.ts'
import { findPostgres, type PostgresState } from './postgres/server.ts'
import { type RedisState, redisOf } from './redis/server.ts'
import type { Transport } from './types.ts'

export interface StackRecord {
  name: string
  lab: string
  transport: Transport
  /** Real path of the folder it was started from. */
  dir: string
  /** Folder that the program really runs in: `dir`, or a copy of it. */
  runs: string
  origin: string
  /** Addresses of the programs of the API, where there are several behind the origin. */
  replicas?: string[]
  env: Record<string, string>
  blocklistFile?: string
  /** Folder of the signing keys, on this machine. */
  keysDir?: string
  /** Digest of `dir` when it was started. */
  digest: string
  /** The programs of the API, in the order of their addresses. */
  apis?: ProcessId[]
  /** The program, as records had it while there was always one. */
  api?: ProcessId
  /** The round-robin before several programs. */
  edge?: ProcessId
  postgres?: PostgresState
  /** The database, where it is one of several in somebody else's server. */
  guestOf?: { postgres: PostgresState; database: string }
  redis?: RedisState
  /** Among its containers is a Redis. */
  hasRedis?: true
  /** A second API beside a stack that was started by hand: where it stands. */
  beside?: { project: string; service: string }
  /** For a stack that ends with the command that began it: that command. */
  owner?: ProcessId
}

const folder = (places: Places) => path.join(places.state, 'stacks')
const fileOf = (places: Places, name: string) => path.join(folder(places), `${name}.json`)

/** Where the copy of a folder lies that a stack of this name runs in, where it runs in a copy of its own. */
export const mirrorFolder = (places: Places, name: string) => path.join(places.state, 'mirror', name)

export const saveStack = (places: Places, record: StackRecord) =>
  writeAtomic(fileOf(places, record.name), `${JSON.stringify(record, null, 2)}\n`)
export const loadStack = (places: Places, name: string) => readJson<StackRecord>(fileOf(places, name))
export const forgetStack = (places: Places, name: string) => rm(fileOf(places, name), { force: true })

/** The programs of the API of a stack of processes. */
export const apisOf = (record: StackRecord): ProcessId[] => record.apis ?? (record.api ? [record.api] : [])

/** Every process that a stack keeps running. */
export const processesOf = (record: StackRecord): ProcessId[] =>
  [...apisOf(record), record.edge, record.redis?.gate, record.redis?.server, record.postgres].filter(
    (id) => id !== undefined,
  )

export async function listStacks(places: Places): Promise<StackRecord[]> {
  const names = (await readdir(folder(places)).catch(() => [])).filter((f) => f.endsWith('.json')).sort()
  const records = await Promise.all(names.map((name) => readJson<StackRecord>(path.join(folder(places), name))))
  return records.filter((r) => r !== undefined)
}

/** Ends what commands left running that were killed before they could clean up. Gives the names of what it ended. */
export async function endOrphans(places: Places): Promise<string[]> {
  const ended: string[] = []
  for (const record of await listStacks(places)) {
    if (record.owner === undefined || (await isAlive(record.owner))) continue
    for (const id of [...apisOf(record), record.edge]) if (id !== undefined) await endGroup(id, 'SIGKILL')
    if (record.redis) await redisOf(record.redis).stop(true)
    if (record.guestOf) await dropGuest(record.guestOf)
    if (record.postgres) {
      await endGroup(record.postgres, 'SIGINT')
      await rm(record.postgres.data, { recursive: true, force: true })
    }
    // Without an engine they stay on record, for the day it is back.
    if (record.transport === 'container' && !(await removeContainers(record))) continue
    await rm(path.join(places.state, 'run', record.name), { recursive: true, force: true })
    if (record.runs === mirrorFolder(places, record.name)) await rm(record.runs, { recursive: true, force: true })
    await forgetStack(places, record.name)
    ended.push(record.name)
  }
  return ended
}

/** Takes a database out of a server that goes on; one that is gone took it along. */
async function dropGuest({ postgres, database }: NonNullable<StackRecord['guestOf']>): Promise<void> {
  await (await findPostgres(postgres))?.drop(database).catch(() => {})
}

/** Ends the containers of a record; false where Docker does not answer. */
async function removeContainers(record: StackRecord): Promise<boolean> {
  if ((await engineVersion()) === undefined) return false
  if (record.beside === undefined) {
    await docker(['compose', '-p', record.name, 'down', '-v', '--remove-orphans', '-t', '2'])
    await docker(['image', 'rm', '-f', `${record.name}-api`])
    return true
  }
  const labels = [
    `com.docker.compose.project=${record.beside.project}`,
    `com.docker.compose.service=${record.beside.service}`,
  ]
  const { stdout } = await docker(['ps', '-aq', ...labels.flatMap((label) => ['--filter', `label=${label}`])])
  for (const id of stdout.split('\n').filter((line) => line !== '')) await docker(['rm', '-f', '-v', id])
  return true
}
