import type { Db } from '../db.ts'
import { Problem } from '../http/problem.ts'

export interface ThrottleOptions {
  db: Db
  max: number
  /** Seconds. */
  window: number
}

/** One counted try. */
export interface Try {
  /** Takes it back: it was the owner. */
  undo(): Promise<void>
}

export type Throttle = ReturnType<typeof createThrottle>

/** A sliding window over the tries on one address: each is a row, and those that were refused count as well. */
export function createThrottle({ db, max, window }: ThrottleOptions) {
  return {
    async take(email: string): Promise<Try> {
      // The row goes in first. Whoever counts afterwards, in a statement of its own, sees it: of tries that arrive together
      // each finds at least its predecessors by id.
      const { rows: added } = await db.query<{ id: string }>(
        `WITH gone AS (DELETE FROM sign_in_log WHERE at < now() - make_interval(secs => $2) * 2)
         INSERT INTO sign_in_log (email, at) VALUES ($1, clock_timestamp()) RETURNING id`,
        [email, window],
      )
      const id = added[0]?.id
      const { rows } = await db.query<{ tries: number }>(
        `SELECT count(*)::int AS tries FROM sign_in_log
         WHERE email = $1 AND id <= $2 AND at > clock_timestamp() - make_interval(secs => $3)`,
        [email, id, window],
      )
      if ((rows[0]?.tries ?? 0) > max) {
        throw new Problem(429, 'rate_limited', 'Too many tries to sign in', { 'Retry-After': String(window) })
      }
      return {
        async undo() {
          await db.query('DELETE FROM sign_in_log WHERE id = $1', [id])
        },
      }
    },
  }
}
