import { setTimeout as sleep } from 'node:timers/promises'
import type { SqlConnection } from '../../stack/types.ts'
import { applicationTables } from './sql.ts'

/** Longest that the gate stays shut: well under the statement and pool time-outs of 3 s that a server may have. */
const HOLD_MS = 1_000
const POLL_MS = 15
/** So many polls with the same number of waiters mean that no more are coming. */
const STILL = 4

/** A store that can be shut for writers. */
export interface Barrier {
  /** False: there is nothing to hold writers at. */
  shut(): Promise<boolean>
  /** How many writers wait now. */
  waiting(): Promise<number>
  open(): Promise<void>
}

/**
 * Shuts, acts, waits until the waiters stand still, opens. A burst of requests finds a race by luck; a gate brings every request to the race
 * point, counts them, then opens. `second` goes after the first wave stands still.
 */
export async function hold<T, S = undefined>(
  barrier: Barrier,
  act: () => T,
  second?: () => S,
  enough?: number,
): Promise<{ value: T; second: S; waiters: number }> {
  // What a server without its store says is graded as it is.
  if (!(await barrier.shut())) return { value: act(), second: second?.() as S, waiters: 0 }
  try {
    const value = act()
    const first = await stand(barrier, 0, answered(value), enough)
    if (second === undefined) return { value, second: undefined as S, waiters: first }
    const more = second()
    return { value, second: more, waiters: await stand(barrier, first, answered(value, more)) }
  } finally {
    await barrier.open()
  }
}

/** Tells whether everything that was sent has its answer: then nobody comes to the gate any more. */
function answered(...sent: unknown[]): () => boolean {
  const requests = sent.flat().filter((one) => one instanceof Promise)
  let over = false
  if (requests.length > 0) void Promise.allSettled(requests).then(() => (over = true))
  return () => over
}

/**
 * Waits for stillness. Gives the most that waited.
 * @param from so many wait already: they alone are no stillness
 * @param over nobody comes any more
 * @param enough so many are all that can come
 */
async function stand(
  barrier: Barrier,
  from: number,
  over: () => boolean,
  enough = Number.POSITIVE_INFINITY,
): Promise<number> {
  const until = performance.now() + HOLD_MS
  let most = from
  let same = 0
  while (performance.now() < until && same < STILL && !over()) {
    await sleep(POLL_MS)
    const now = await barrier.waiting()
    same = now === most && now > Math.max(1, from) ? same + 1 : 0
    most = Math.max(most, now)
    if (most >= enough) break
  }
  return most
}

/**
 * Shuts all tables of the application IN EXCLUSIVE MODE: SELECT passes, INSERT, UPDATE, DELETE and SELECT FOR UPDATE wait.
 * @param holder a connection that nothing else uses
 * @param watcher another one, to count the waiters
 */
export function createGate(holder: SqlConnection, watcher: SqlConnection): Barrier {
  let pid: number | undefined
  return {
    shut: async () => {
      const tables = await watcher.query(
        `SELECT string_agg(name, ', ') AS list FROM (${applicationTables.replace(`('r', 'p', 'm')`, `('r', 'p')`)}) tables`,
      )
      if (typeof tables[0]?.list !== 'string') return false
      const [row] = await holder.query('SELECT pg_backend_pid() AS pid')
      // A background job of the server could deadlock with the gate: give up the lock early and try again instead.
      for (let tries = 0; ; tries++) {
        try {
          await holder.query(`BEGIN; SET LOCAL lock_timeout = '500ms'; LOCK TABLE ${tables[0].list} IN EXCLUSIVE MODE`)
          break
        } catch (error) {
          await holder.query('ROLLBACK')
          if (tries === 3) throw error
        }
      }
      pid = Number(row?.pid)
      return true
    },
    waiting: async () => {
      if (pid === undefined) return 0
      const [row] = await watcher.query(
        `SELECT count(*)::int AS n FROM pg_stat_activity WHERE pg_blocking_pids(pid) @> array[${pid}]`,
      )
      return Number(row?.n)
    },
    open: async () => {
      if (pid === undefined) return
      pid = undefined
      await holder.query('ROLLBACK')
    },
  }
}
