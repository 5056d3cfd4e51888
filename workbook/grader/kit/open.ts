/** Makes the kits of a run from a stack: one set of connections, one client a check. */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Capability, CourseJson, Settings as SettingsData } from '../../catalog/index.ts'
import type { Attacker } from '../../stack/attacker.ts'
import { readBlocklist } from '../../stack/blocklist.ts'
import type { SecondSource, SqlConnection, Stack } from '../../stack/types.ts'
import type { AnyCheck } from '../core/check.ts'
import type { Exchange } from '../core/exchange.ts'
import { GraderBug, NotOffered } from '../core/failure.ts'
import type { Given, Http, Keys, Kit, Logs, Sql } from '../core/kit.ts'
import { rngOf } from '../core/rng.ts'
import { checkRng, type KitSource } from '../run.ts'
import { ordinaryUserAgent } from './client.ts'
import { createGate, hold } from './gate.ts'
import { guarded, once, undeclared } from './guard.ts'
import { type Client, createClient } from './http.ts'
import { createKeys } from './keys.ts'
import { probeClient } from './probe.ts'
import { dumpRedis } from './redis.ts'
import { literal, openReader, schemaTrouble } from './sql.ts'

/** What a run may use: a stack in full, or no more than an address (`--url`). */
export type Target =
  | { kind: 'stack'; stack: Stack }
  | {
      kind: 'url'
      origin: string
      env: Record<string, string>
      /** The lab's settings by their names. */
      settings: Record<string, Pick<SettingsData, 'env'>>
      blocklistFile?: string
      second: boolean
    }

/** How long a log line may take to arrive after its response. */
const LOG_MS = 3_000

export interface Kits extends KitSource {
  close(): Promise<void>
}

export async function openKits(target: Target, course: CourseJson, seed: string): Promise<Kits> {
  const nonce = randomBytes(4).toString('hex')
  const origin = target.kind === 'stack' ? target.stack.origin : target.origin
  const connections: SqlConnection[] = []
  const clients: Client[] = []
  const connect = async () => {
    if (target.kind !== 'stack') throw new GraderBug('a check without a stack asked for the database')
    const connection = await target.stack.owner()
    connections.push(connection)
    return connection
  }
  // Opened by the first check that asks, shared by all.
  const reader = once(async () => openReader(await connect(), nonce))
  const giver = once(connect)
  const tables = once(async () => createGate(await connect(), await connect()))
  const redis = once(async () => {
    const access = target.kind === 'stack' ? await target.stack.redis() : undefined
    if (access === undefined) throw new NotOffered('there is no Redis that the grader can reach')
    return access
  })
  const mark = target.kind === 'stack' ? await target.stack.mark() : { position: 0 }
  const second = once(async () =>
    target.kind === 'stack'
      ? target.stack.secondSource()
      : ({ kind: 'local-address', address: '127.0.0.2' } as SecondSource),
  )
  const blocklistFile = target.kind === 'stack' ? target.stack.blocklistFile : target.blocklistFile
  const settings = {
    env: target.kind === 'stack' ? target.stack.env : target.env,
    blocklist: blocklistFile === undefined ? undefined : await readBlocklist(blocklistFile).catch(() => undefined),
  }
  const stack = target.kind === 'stack' ? target.stack : undefined
  const ownedKeys = createKeys(stack === undefined ? settings.env.JWT_KEYS_DIR : stack.keysDir, stack, course)
  const { close: closeKeys, ...keys } = ownedKeys
  const attackers: Attacker[] = []
  const userAgent = ordinaryUserAgent(rngOf(seed, 'client'))
  let serial = 0

  const logs: Logs = {
    lines: async (marker) => {
      if (target.kind !== 'stack') throw new NotOffered('the log of a server behind --url cannot be read')
      const until = performance.now() + LOG_MS
      while (true) {
        const lines = await target.stack.logs(mark)
        if (performance.now() > until || lines.some((line) => line.includes(marker))) return lines
        await sleep(50)
      }
    },
  }
  const sql: Sql = {
    query: async (strings, ...values) => (await reader()).query(strings, ...values),
    dump: async () => (await reader()).dump(),
  }
  const given: Given = {
    disabled: async (email) => {
      const text = `UPDATE users SET disabled_at = now() WHERE lower(email) = ${literal(email.toLowerCase())}`
      await (await giver()).query(text).catch((error: unknown) => {
        throw schemaTrouble(error)
      })
    },
  }

  const kitFor = (check: AnyCheck, watch: (exchange: Exchange) => void, signal: AbortSignal): Kit => {
    const options = { origin, userAgent, signal, onExchange: watch }
    const client = createClient(options)
    clients.push(client)
    const replicas = (): Http[] => {
      const all = (stack?.replicas ?? []).map((origin) => createClient({ ...options, origin }))
      clients.push(...all)
      return all
    }
    const elsewhere = async (): Promise<Http> => {
      const source = await second()
      if (source === undefined) throw new NotOffered(noSecond)
      if (source.kind === 'probe') return probeClient(source, { userAgent, signal, onExchange: watch })
      const other = createClient({ ...options, localAddress: source.address })
      clients.push(other)
      return other
    }
    const shares = (name: Capability) => {
      if (!check.capabilities.includes(name)) throw new GraderBug(`${check.id} uses ${name} without declaring it`)
    }
    return {
      http: client,
      elsewhere,
      sql: guarded(sql, () => shares('sql')),
      // Not guarded: the report of any failure shows the log lines of its request.
      logs,
      given: guarded(given, () => shares('given')),
      redis: {
        dump: async () => {
          shares('redis')
          return dumpRedis(await redis())
        },
      },
      gate: {
        hold: async (act, options = {}) => {
          shares('gate')
          if (options.store !== 'redis') return hold(await tables(), act, options.second, options.enough)
          return hold(await redis(), act, options.second, options.enough)
        },
      },
      replicas: check.capabilities.includes('stack') ? replicas() : undeclared(check.id),
      restart: async () => {
        shares('stack')
        if (check.lane !== 'last') throw new GraderBug(`${check.id} restarts the API, so its lane is "last"`)
        if (stack === undefined) throw new NotOffered('a server that is not ours is not restarted')
        // Whether it came up again, the next request tells.
        await stack.reboot()
      },
      keys: guarded<Keys>(keys, () => shares('keys')),
      attacker: async () => {
        shares('attacker')
        const attacker = await stack?.attacker()
        if (attacker === undefined) throw new NotOffered('an attacker’s server cannot be put up where the API runs')
        attackers.push(attacker)
        return attacker
      },
      rng: checkRng(seed, check),
      unique: () => `${nonce}${(serial++).toString(36)}`,
      settings,
      course,
      clock: { pass: (ms) => (ms > 0 ? sleep(ms, undefined, { signal }).catch(() => {}) : Promise.resolve()) },
    }
  }

  return {
    kitFor,
    offers: (check) => {
      if (target.kind === 'stack') return undefined
      const known = settings.env.JWT_KEYS_DIR === undefined ? ['http'] : ['http', 'keys']
      const missing = check.capabilities.filter((c) => !known.includes(c))
      if (missing.length > 0) return `needs ${missing.join(', ')}, which a server behind --url does not offer`
      if (check.requires?.includes('two-addresses') && !target.second) return noSecond
      if (check.settings !== undefined) return otherSettings(check.settings, target)
      return undefined
    },
    close: async () => {
      for (const client of clients) client.close()
      for (const attacker of attackers) await attacker.close()
      await closeKeys()
      const source = await second.peek()
      if (source?.kind === 'probe') await source.close()
      await (await reader.peek())?.close().catch(() => {})
      await (await redis.peek())?.close()
      for (const connection of connections) await connection.close()
    },
  }
}

/** Why a server behind an address is not that of some settings; undefined where it is, as far as its env file says. */
function otherSettings(name: string, { settings, env }: Target & { kind: 'url' }): string | undefined {
  const wanted = Object.entries(settings[name]?.env ?? {}).filter(([key, value]) => env[key] !== value)
  if (wanted.length === 0) return undefined
  const list = wanted.map(([key, value]) => `${key}=${value}`).join(', ')
  return `is graded under the settings "${name}": start the server with ${list}, and name them by --env-file`
}

const noSecond = 'there is no second network address to send from on this machine'
