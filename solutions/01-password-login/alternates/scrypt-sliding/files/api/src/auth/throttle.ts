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
      const { id, tries } = await record(db, email, window)
      if (tries > max)
        throw new Problem(429, 'rate_limited', 'Too many tries to sign in', { 'Retry-After': String(window) })
      return {
        async undo() {
          await db.query('DELETE FROM sign_in_log WHERE id = $1', [id])
        },
      }
    },
  }
}

/** Writes a try down and counts it with those before it. The lock puts tries on one address into a row. */
async function record(db: Db, email: string, window: number): Promise<{ id: string; tries: number }> {
  const client = await db.connect()
  try {
    await client.query('BEGIN')
    await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [email])
    const { rows } = await client.query<{ id: string; tries: number }>(
      `WITH added AS (INSERT INTO sign_in_log (email, at) VALUES ($1, clock_timestamp()) RETURNING id)
       SELECT added.id, (SELECT count(*)::int + 1 FROM sign_in_log
                         WHERE email = $1 AND at > clock_timestamp() - make_interval(secs => $2)) AS tries FROM added`,
      [email, window],
    )
    await client.query(
      `DELETE FROM sign_in_log WHERE id IN (SELECT id FROM sign_in_log WHERE at < now() - make_interval(secs => $1)
                                            ORDER BY at LIMIT 100 FOR UPDATE SKIP LOCKED)`,
      [window],
    )
    await client.query('COMMIT')
    if (rows[0] === undefined) throw new Error('INSERT returned no row')
    return rows[0]
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined)
    throw error
  } finally {
    client.release()
  }
}
