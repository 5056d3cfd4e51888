import type { Db } from '../db.ts'
import { errorFields, type Log } from '../log.ts'

export interface ThrottleOptions {
  db: Db
  log: Log
  /** How many tries an address has... */
  max: number
  /** ...in any stretch of this many seconds. */
  window: number
}

export type Throttle = ReturnType<typeof createThrottle>

/** The tries that still count. */
const RECENT = `ARRAY(SELECT at FROM unnest(login_tries.tries) AS at WHERE at > clock_timestamp() - make_interval(secs => $2))`

/** Limits how often one e-mail address is tried, no matter from where and whether it has an account. */
export function createThrottle({ db, log, max, window }: ThrottleOptions) {
  let sweepAt = 0

  /** Forgets addresses that nobody tries any more, at most once a window. */
  function sweep(): void {
    if (Date.now() < sweepAt) return
    sweepAt = Date.now() + window * 1000
    db.query('DELETE FROM login_tries WHERE last_try < now() - make_interval(secs => $1)', [window]).catch((error) =>
      log.warn('sweeping login_tries failed', errorFields(error)),
    )
  }

  async function secondsToWait(email: string): Promise<number> {
    const { rows } = await db.query<{ seconds: number }>(
      `SELECT ceil(extract(epoch FROM min(at) + make_interval(secs => $2) - clock_timestamp()))::int AS seconds
       FROM login_tries, unnest(${RECENT}) AS at WHERE email = $1`,
      [email, window],
    )
    return Math.max(1, rows[0]?.seconds ?? 1)
  }

  return {
    /**
     * Counts a try before anything else is known about it. Gives 0 when it may go on, else the seconds to wait. Reading and
     * counting are one statement that holds the row, so tries that arrive together cannot all find the last free place. A
     * refused try is not counted: going on trying does not put the end off.
     */
    async take(address: string): Promise<number> {
      sweep()
      const email = address.toLowerCase()
      const { rowCount } = await db.query(
        `INSERT INTO login_tries (email, tries, last_try) VALUES ($1, ARRAY[clock_timestamp()], clock_timestamp())
         ON CONFLICT (email) DO UPDATE SET tries = ${RECENT} || clock_timestamp(), last_try = clock_timestamp()
         WHERE cardinality(${RECENT}) < $3`,
        [email, window, max],
      )
      return rowCount === 1 ? 0 : secondsToWait(email)
    },

    /** The owner came in: start afresh. */
    async clear(address: string): Promise<void> {
      await db.query('DELETE FROM login_tries WHERE email = $1', [address.toLowerCase()])
    },
  }
}
