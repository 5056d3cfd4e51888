import { createHash, randomBytes } from 'node:crypto'
import pg from 'pg'

export interface User {
  id: string
  email: string
  displayName: string
  role: string
  orgId: string
}

const USER = 'u.id, u.email, u.display_name AS "displayName", u.role, u.org_id AS "orgId"'
const sha256 = (text: string) => createHash('sha256').update(text).digest()

export type Store = ReturnType<typeof createStore>

/** All the SQL of this server. */
export function createStore(
  connectionString: string,
  { loginMax, loginWindow }: { loginMax: number; loginWindow: number },
) {
  const pool = new pg.Pool({ connectionString, max: 12, connectionTimeoutMillis: 6000, statement_timeout: 6000 })
  pool.on('error', () => undefined)
  const first = async <Row extends pg.QueryResultRow>(sql: string, values: unknown[]) =>
    (await pool.query<Row>(sql, values)).rows[0]

  return {
    close: () => pool.end(),

    /** The new user; undefined when the address is taken. */
    addUser: (email: string, displayName: string, hash: string) =>
      first<User>(
        `INSERT INTO users AS u (org_id, email, display_name, password_hash)
         VALUES ((SELECT id FROM orgs WHERE slug = 'default'), $1, $2, $3)
         ON CONFLICT (email_key) DO NOTHING RETURNING ${USER}`,
        [email, displayName, hash],
      ),

    findUser: (email: string) =>
      first<{ id: string; hash: string; active: boolean }>(
        'SELECT id, password_hash AS hash, disabled_at IS NULL AS active FROM users WHERE email_key = lower($1)',
        [email],
      ),

    async openSession(userId: string, seconds: number): Promise<string> {
      const token = `depot_${randomBytes(24).toString('hex')}`
      const until = new Date(Date.now() + seconds * 1000)
      await pool.query('INSERT INTO sessions (user_id, token_hash, expires_at) VALUES ($1, $2, $3)', [
        userId,
        sha256(token),
        until,
      ])
      return token
    },

    userOfSession: (token: string) =>
      first<User>(
        `SELECT ${USER} FROM users u JOIN sessions s ON s.user_id = u.id
         WHERE s.token_hash = $1 AND s.expires_at > now() AND u.disabled_at IS NULL`,
        [sha256(token)],
      ),

    /** Counts a try; every one starts the quiet window anew. Gives the time to come back when it is one too many. */
    async countTry(email: string): Promise<Date | undefined> {
      const row = await first<{ tries: number; quietAt: Date }>(
        `INSERT INTO sign_in_counts AS c VALUES (lower($1), 1, now() + make_interval(secs => $2))
         ON CONFLICT (email_key) DO UPDATE
         SET quiet_at = excluded.quiet_at, tries = CASE WHEN c.quiet_at <= now() THEN 1 ELSE c.tries + 1 END
         RETURNING tries, quiet_at AS "quietAt"`,
        [email, loginWindow],
      )
      return row && row.tries > loginMax ? row.quietAt : undefined
    },

    async forgetTries(email: string): Promise<void> {
      await pool.query('DELETE FROM sign_in_counts WHERE email_key = lower($1) OR quiet_at < now()', [email])
    },
  }
}
