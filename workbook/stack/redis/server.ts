/** The Redis of one stack on the process transport, with the gate that all programs go through. */
import { randomBytes } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import http from 'node:http'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../doctor/ports.ts'
import { endGroup, isAlive, type ProcessId, spawnDetached } from '../child.ts'
import type { Places } from '../files.ts'
import { startHelper } from '../helper.ts'
import { readFrom, sizeOf } from '../log-file.ts'
import { EnvironmentTrouble, type RedisAccess } from '../types.ts'
import { connectRedis, type RedisAddress } from './client.ts'
import type { GateAnswer, GateSettings } from './program.ts'
import { findRedis, type RedisSource } from './source.ts'

/** Enough to find a running Redis again from another process. */
export interface RedisState {
  /** Which one it is, in words. */
  about: string
  /** The server itself, past the gate. */
  address: RedisAddress
  gate: ProcessId & { port: number; control: number; token: string }
  /** The server, where we started one. */
  server?: ProcessId
  /** Folder of its data. */
  data?: string
  /** It is somebody's own: what the lab wrote is taken away at the end. */
  lent: boolean
}

export interface RedisServer {
  readonly state: RedisState
  /** For the programs: through the gate. */
  url(): string
  access(): Promise<RedisAccess>
  alive(): Promise<boolean>
  /** Ends what was started; `forget` also removes its data. */
  stop(forget: boolean): Promise<void>
}

export interface RedisOptions {
  places: Places
  name: string
  /** Keeps its data from start to start, where the server can. */
  durable: boolean
  /** Numbers of databases that other stacks have. */
  taken: readonly RedisAddress[]
  signal: AbortSignal
}

/** @throws EnvironmentTrouble */
export async function startRedis(options: RedisOptions): Promise<RedisServer> {
  const source = await findRedis()
  const log = path.join(options.places.state, 'logs', options.name, 'redis.log')
  const began = await begin(source, options, log)
  try {
    const token = randomBytes(12).toString('hex')
    const upstream = began.address && { host: began.address.host, port: began.address.port }
    const folder = path.join(options.places.state, 'run', options.name)
    const place = { what: 'The gate before Redis', folder, log, signal: options.signal }
    const script = new URL('./program.ts', import.meta.url)
    const gate = await startHelper<GateSettings, GateAnswer>(script, { upstream, token }, place)
    return serverOf({
      about: source.kind === 'url' ? `${source.about}, database ${began.address?.database ?? 0}` : source.about,
      address: began.address ?? { ...gate.upstream, database: 0 },
      gate: { ...gate.id, port: gate.port, control: gate.control, token },
      ...(began.server === undefined ? {} : { server: began.server }),
      ...(began.data === undefined ? {} : { data: began.data }),
      lent: source.kind === 'url',
    })
  } catch (error) {
    await undo(began, !options.durable)
    throw error
  }
}

/** The Redis that another command started, whether it still runs or not. */
export const redisOf = (state: RedisState): RedisServer => serverOf(state)

/** What a person should know of it; undefined where it is as one would expect. */
export function redisNote({ about, lent, server }: RedisState): string | undefined {
  if (lent) return `Redis is ${about}, which is emptied at the end.`
  if (server !== undefined) return undefined
  return `Redis is ${about}: what it holds is gone when it stops. Where valkey-server or redis-server is on PATH, that one is used.`
}

interface Begun {
  address?: RedisAddress
  server?: ProcessId
  data?: string
}

async function begin(source: RedisSource, options: RedisOptions, log: string): Promise<Begun> {
  if (source.kind === 'url') return { address: await emptyDatabase(source.address, options.taken) }
  return source.kind === 'server' ? startServer(source.command, options, log) : {}
}

async function undo({ server, data }: Begun, forget: boolean): Promise<void> {
  if (server !== undefined) await endGroup(server)
  if (data !== undefined && forget) await rm(data, { recursive: true, force: true })
}

/** A server of our own on loopback, its data in a folder of its own. */
async function startServer(command: string, { places, name, durable, signal }: RedisOptions, log: string) {
  const data = path.join(places.state, 'redis', name)
  await mkdir(data, { recursive: true })
  const keeps = durable ? ['--appendonly', 'yes', '--appendfsync', 'everysec'] : ['--appendonly', 'no']
  const before = await sizeOf(log)
  for (let attempt = 0; ; attempt++) {
    const address = { host: '127.0.0.1', port: await freePort(), database: 0 }
    const child = await spawnDetached(
      [command, '--port', String(address.port), '--bind', '127.0.0.1', '--dir', data, '--save', '', ...keeps],
      { cwd: data, env: { PATH: process.env.PATH ?? '', LC_ALL: 'C' }, log },
    )
    const server = { pid: child.pid, started: child.started }
    if (await answers(address, server, signal)) return { address, server, data }
    await undo({ server, data }, !durable && attempt === 1)
    signal.throwIfAborted()
    // Somebody else may have taken the port in between: once more with another.
    if (attempt === 1)
      throw new EnvironmentTrouble(
        `${command} did not start.`,
        'The lines above are its log. Mend what they name, take it off PATH, or use Docker.',
        (await readFrom(log, before)).slice(-6),
      )
  }
}

async function answers(address: RedisAddress, server: ProcessId, signal: AbortSignal): Promise<boolean> {
  const until = performance.now() + 10_000
  while (performance.now() < until && !signal.aborted) {
    const client = await connectRedis(address).catch(() => undefined)
    client?.close()
    if (client !== undefined) return true
    if (!(await isAlive(server))) return false
    await sleep(20)
  }
  return false
}

/** Databases that this process chose; they are on no record yet. */
const chosen = new Set<string>()
const nameOf = ({ host, port, database }: RedisAddress) => `${host}:${port}/${database}`

/** An empty database of somebody's own Redis, apart from the first, which is what everybody uses. */
async function emptyDatabase(
  server: Omit<RedisAddress, 'database'>,
  taken: readonly RedisAddress[],
): Promise<RedisAddress> {
  for (let database = 1; database < 16; database++) {
    const address = { ...server, database }
    const name = nameOf(address)
    if (chosen.has(name) || taken.some((other) => nameOf(other) === name)) continue
    chosen.add(name)
    try {
      const client = await connectRedis(address)
      const size = await client.send('DBSIZE')
      client.close()
      if (size === 0) return address
    } catch (error) {
      chosen.delete(name)
      // It has fewer databases than usual.
      if (/out of range/i.test((error as Error).message)) break
      throw new EnvironmentTrouble(
        `The Redis that REDIS_URL names cannot be used: ${(error as Error).message}.`,
        'Start it, or leave REDIS_URL out: then a Redis is started for the lab.',
      )
    }
    chosen.delete(name)
  }
  throw new EnvironmentTrouble(
    'The Redis that REDIS_URL names has no empty database from number 1 on.',
    'Empty one (redis-cli -n 1 FLUSHDB), or leave REDIS_URL out: then a Redis is started for the lab.',
  )
}

function serverOf(state: RedisState): RedisServer {
  const { gate, address, server, data } = state
  const { username, password, database } = address
  const who = password === undefined ? '' : `${encodeURIComponent(username ?? '')}:${encodeURIComponent(password)}@`
  return {
    state,
    url: () => `redis://${who}127.0.0.1:${gate.port}/${database}`,
    access: () => accessOf(state),
    alive: async () => (await isAlive(gate)) && (server === undefined || (await isAlive(server))),
    stop: async (forget) => {
      if (state.lent) await flush(address)
      chosen.delete(nameOf(address))
      await endGroup(gate)
      await undo({ ...(server ? { server } : {}), ...(data ? { data } : {}) }, forget)
    },
  }
}

async function flush(address: RedisAddress): Promise<void> {
  try {
    const client = await connectRedis(address)
    await client.send('FLUSHDB')
    client.close()
  } catch {
    // It is gone, and what was in it is its owner's.
  }
}

async function accessOf({ address, gate }: RedisState): Promise<RedisAccess> {
  const client = await connectRedis(address)
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  const work = (act: string) => controlled(agent, gate, act)
  return {
    send: client.send,
    shut: async () => {
      await work('/shut')
      return true
    },
    waiting: () => work('/waiting'),
    open: async () => void (await work('/open')),
    close: async () => {
      client.close()
      agent.destroy()
    },
  }
}

function controlled(agent: http.Agent, { control, token }: RedisState['gate'], path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const req = http.request(
      { agent, host: '127.0.0.1', port: control, path, method: 'POST', headers: { authorization: token } },
      (res) => {
        let text = ''
        res.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk
        })
        res.on('end', () =>
          res.statusCode === 200
            ? resolve(Number(text))
            : reject(new Error(`the gate before Redis answered ${res.statusCode}`)),
        )
      },
    )
    req.setTimeout(2_000, () => req.destroy(new Error('the gate before Redis does not answer')))
    req.on('error', reject)
    req.end()
  })
}
