/** What checks may use of a stack in the page. The same words as on the other transports; what a page cannot give is not offered. */
import type { Capability, CourseJson } from '../../catalog/index.ts'
import type { AnyCheck, Requirement } from '../../grader/core/check.ts'
import type { Exchange } from '../../grader/core/exchange.ts'
import { GraderBug, NotOffered } from '../../grader/core/failure.ts'
import type { Given, Http, Keys, Kit, Sql } from '../../grader/core/kit.ts'
import { rngOf } from '../../grader/core/rng.ts'
import { sleep } from '../../grader/core/sleep.ts'
import { ordinaryUserAgent } from '../../grader/kit/client.ts'
import { guarded, once, undeclared } from '../../grader/kit/guard.ts'
import { dumpRedis } from '../../grader/kit/redis.ts'
import { literal, openReader, schemaTrouble } from '../../grader/kit/sql.ts'
import { checkRng, type KitSource } from '../../grader/run.ts'
import { createPageClient } from './client.ts'
import { createKeys } from './keys.ts'
import type { PageStack } from './stack.ts'

/** Why a capability or a facility is not there in the page. */
const NOT_HERE: Partial<Record<Capability | Requirement, string>> = {
  gate: 'needs requests that race: the Postgres of the page (PGlite) has one session, so transactions never run side by side',
  attacker: 'needs an attacker’s server on a network, and a program in the page reaches no address',
  'real-cost':
    'measures what a hash costs: in the page it is WebAssembly on one thread, whose times say nothing of a server',
}

/** The reason why a check cannot be graded in the page; undefined where it can. */
export function notInThePage(check: AnyCheck): string | undefined {
  const wanted = [...check.capabilities, ...(check.requires ?? [])]
  const missing = wanted.find((name) => NOT_HERE[name] !== undefined)
  return missing === undefined ? undefined : `${NOT_HERE[missing]}; \`npm run check\` grades it`
}

/** Where requests seem to go; names in the evidence. */
const ORIGIN = 'http://127.0.0.1:3000'
/** How long a log line may take to arrive after its response. */
const LOG_MS = 1_000

export function openPageKits(stack: PageStack, course: CourseJson, seed: string): KitSource {
  const nonce = [...crypto.getRandomValues(new Uint8Array(4))].map((b) => b.toString(16).padStart(2, '0')).join('')
  const reader = once(() => openReader(stack.connect(), nonce))
  const owner = once(async () => stack.connect())
  const userAgent = ordinaryUserAgent(rngOf(seed, 'client'))
  const mark = stack.lines.length
  let serial = 0

  const sql: Sql = {
    query: async (strings, ...values) => (await reader()).query(strings, ...values),
    dump: async () => (await reader()).dump(),
  }
  const given: Given = {
    disabled: async (email) => {
      const text = `UPDATE users SET disabled_at = now() WHERE lower(email) = ${literal(email.toLowerCase())}`
      await (await owner()).query(text).catch((error: unknown) => {
        throw schemaTrouble(error)
      })
    },
  }
  const lines = async (marker: string): Promise<string[]> => {
    const until = performance.now() + LOG_MS
    while (true) {
      const found = stack.lines.slice(mark)
      if (performance.now() > until || found.some((line) => line.includes(marker))) return found
      await sleep(20)
    }
  }

  const kitFor = (check: AnyCheck, watch: (exchange: Exchange) => void, signal: AbortSignal): Kit => {
    const shares = (name: Capability) => {
      if (!check.capabilities.includes(name)) throw new GraderBug(`${check.id} uses ${name} without declaring it`)
    }
    const client = (next: Parameters<typeof createPageClient>[0]['next'], remoteAddress = '127.0.0.1'): Http =>
      createPageClient({ origin: ORIGIN, userAgent, signal, onExchange: watch, next, remoteAddress })
    const replica = (i: number) => () => {
      const program = stack.replicas[i]
      return program === undefined ? undefined : { program, port: 3000 }
    }
    const notOffered = (name: 'gate' | 'attacker') => async (): Promise<never> => {
      throw new NotOffered(NOT_HERE[name] ?? name)
    }
    return {
      http: client(() => stack.next()),
      elsewhere: async () => client(() => stack.next(), '127.0.0.2'),
      sql: guarded(sql, () => shares('sql')),
      logs: { lines },
      given: guarded(given, () => shares('given')),
      redis: {
        dump: async () => {
          shares('redis')
          return dumpRedis({ send: (...words) => stack.redis(...words) })
        },
      },
      gate: { hold: notOffered('gate') },
      replicas: check.capabilities.includes('stack')
        ? stack.replicas.map((_, i) => client(replica(i)))
        : undeclared(check.id),
      restart: async () => {
        shares('stack')
        if (check.lane !== 'last') throw new GraderBug(`${check.id} restarts the API, so its lane is "last"`)
        await stack.reboot()
      },
      keys: guarded<Keys>(createKeys(stack, course), () => shares('keys')),
      attacker: notOffered('attacker'),
      rng: checkRng(seed, check),
      unique: () => `${nonce}${(serial++).toString(36)}`,
      settings: { env: stack.env, blocklist: stack.entries },
      course,
      clock: { pass: (ms) => (ms > 0 ? sleep(ms, signal).catch(() => {}) : Promise.resolve()) },
    }
  }
  return { kitFor, offers: notInThePage }
}
