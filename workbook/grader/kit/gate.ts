import { setTimeout as sleep } from 'node:timers/promises'
import type { SqlConnection } from '../../stack/types.ts'
import type { Gate } from '../core/kit.ts'
import { applicationTables } from './sql.ts'

/** Longest that the gate stays shut: well under the statement and pool time-outs of 3 s that a server may have. */
const HOLD_MS = 1_000
const POLL_MS = 15
/** So many polls with the same number of waiters mean that no more are coming. */
const STILL = 4

/**
 * Holds writers by locking every table of the application IN EXCLUSIVE MODE: SELECT passes, INSERT, UPDATE, DELETE and SELECT FOR UPDATE
 * wait. A burst of requests finds a race by luck; a gate brings every request to the race point, counts them, then opens.
 * @param holder a connection that nothing else uses
 * @param watcher another one, to count the waiters
 */
export function createGate(holder: SqlConnection, watcher: SqlConnection): Gate {
  return {
    async hold(act) {
      const tables = await watcher.query(
        `SELECT string_agg(name, ', ') AS list FROM (${applicationTables.replace(`('r', 'p', 'm')`, `('r', 'p')`)}) tables`,
      )
      // No table, nothing to hold: what a server without a database says is graded as it is.
      if (typeof tables[0]?.list !== 'string') return { value: act(), waiters: 0 }
      const [{ pid }] = (await holder.query('SELECT pg_backend_pid() AS pid')) as [{ pid: number }]
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
      try {
        const value = act()
        const waiters = await stand(watcher, pid)
        return { value, waiters }
      } finally {
        await holder.query('ROLLBACK')
      }
    },
  }
}

async function stand(watcher: SqlConnection, gate: number): Promise<number> {
  const until = performance.now() + HOLD_MS
  let most = 0
  let same = 0
  while (performance.now() < until && same < STILL) {
    await sleep(POLL_MS)
    const [row] = await watcher.query(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE pg_blocking_pids(pid) @> array[${gate}]`,
    )
    const now = Number(row?.n)
    same = now === most && now > 1 ? same + 1 : 0
    most = Math.max(most, now)
  }
  return most
}
