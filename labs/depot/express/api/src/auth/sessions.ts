import { createHash, randomBytes } from 'node:crypto'
import type { Db } from '../db.ts'
import { ACCOUNT_COLUMNS, type Account } from './accounts.ts'

export type Sessions = ReturnType<typeof createSessions>

/** What a client gets when it signs in. */
export interface AccessToken {
  accessToken: string
  /** Whole seconds. */
  expiresIn: number
}

/** Sessions with an opaque access token: 256 random bits for the client, their SHA-256 for the table. */
export function createSessions(db: Db, { ttl }: { ttl: number }) {
  return {
    /** Signs an account in. Its sessions that are over go from the table by the way. */
    async open(userId: string): Promise<AccessToken> {
      const accessToken = randomBytes(32).toString('base64url')
      await db.query(
        `WITH gone AS (DELETE FROM sessions WHERE user_id = $1 AND expires_at <= now())
         INSERT INTO sessions (user_id, token_hash, expires_at) VALUES ($1, $2, now() + make_interval(secs => $3))`,
        [userId, digest(accessToken), ttl],
      )
      return { accessToken, expiresIn: ttl }
    },

    /** The account behind a token, as long as the session lives and the account is not disabled. */
    async find(accessToken: string): Promise<Account | undefined> {
      const { rows } = await db.query<Account>(
        `SELECT ${ACCOUNT_COLUMNS} FROM sessions JOIN users ON users.id = sessions.user_id
         WHERE token_hash = $1 AND expires_at > now() AND disabled_at IS NULL`,
        [digest(accessToken)],
      )
      return rows[0]
    },
  }
}

function digest(accessToken: string): Buffer {
  return createHash('sha256').update(accessToken).digest()
}
