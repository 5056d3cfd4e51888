import type { Queryable } from '../../db.ts'
import { ACCOUNT_COLUMNS, type Account } from '../accounts.ts'
import type { SessionDeps } from '../deps.ts'
import { digest, newToken } from './tokens.ts'

/** Why a family was ended before its time. */
export type Reason = 'reuse' | 'sign-out' | 'sign-out-everywhere' | 'password' | 'session-list'

/** A family as its owner sees it. */
export interface Family {
  id: string
  createdAt: Date
  lastUsedAt: Date
}

/** An id that can be looked up. Postgres refuses others with an error, which would be a 500. */
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i

const LIVE = 'families.revoked_at IS NULL AND families.ends_at > now()'

export type Families = ReturnType<typeof createFamilies>

/** Families of refresh tokens: beginning, finding and ending them. All instants are the database's, for all replicas alike. */
export function createFamilies({ config, db }: SessionDeps) {
  const { refreshIdle, refreshAbsolute } = config
  return {
    /** Begins a family with its first token. The account's families that are long over go from the table by the way. */
    async begin(userId: string): Promise<{ familyId: string; refreshToken: string }> {
      const refreshToken = newToken()
      const { rows } = await db.query<{ familyId: string }>(
        `WITH gone AS (DELETE FROM families WHERE user_id = $1 AND ends_at <= now()),
           family AS (INSERT INTO families (user_id, ends_at) VALUES ($1, now() + make_interval(secs => $2)) RETURNING id)
         INSERT INTO refresh_tokens (family_id, hash) SELECT id, $3 FROM family RETURNING family_id AS "familyId"`,
        [userId, refreshAbsolute, digest(refreshToken)],
      )
      if (rows[0] === undefined) throw new Error('a family was not kept')
      return { familyId: rows[0].familyId, refreshToken }
    },

    /** The account of a family that lives, read anew at each use: a role or a disabled account counts at once. */
    async accountOf(familyId: string, userId: string): Promise<Account | undefined> {
      if (!UUID.test(familyId) || !UUID.test(userId)) return undefined
      const { rows } = await db.query<Account>(
        `SELECT ${ACCOUNT_COLUMNS} FROM families JOIN users ON users.id = families.user_id
         WHERE families.id = $1 AND users.id = $2 AND ${LIVE} AND users.disabled_at IS NULL`,
        [familyId, userId],
      )
      return rows[0]
    },

    /** The account's families that can still be refreshed, the one used last first. */
    async listOf(userId: string): Promise<Family[]> {
      const { rows } = await db.query<Family>(
        `SELECT families.id, families.created_at AS "createdAt", newest.created_at AS "lastUsedAt"
         FROM families CROSS JOIN LATERAL (
           SELECT max(created_at) AS created_at FROM refresh_tokens WHERE family_id = families.id) AS newest
         WHERE families.user_id = $1 AND ${LIVE} AND newest.created_at > now() - make_interval(secs => $2)
         ORDER BY newest.created_at DESC`,
        [userId, refreshIdle],
      )
      return rows
    },

    /** Ends the family that a token is of, newest or not. Nothing happens to a token that nobody knows. */
    async endByToken(refreshToken: string): Promise<void> {
      await db.query(
        `UPDATE families SET revoked_at = now(), revoked_for = 'sign-out'
         FROM refresh_tokens AS token
         WHERE token.hash = $1 AND families.id = token.family_id AND ${LIVE}`,
        [digest(refreshToken)],
      )
    },

    /** Ends one family of this account. False: the account has none with this id that lives. */
    async endOne(familyId: string, userId: string): Promise<boolean> {
      if (!UUID.test(familyId)) return false
      const { rowCount } = await db.query(
        `UPDATE families SET revoked_at = now(), revoked_for = 'session-list'
         WHERE id = $1 AND user_id = $2 AND ${LIVE}`,
        [familyId, userId],
      )
      return rowCount === 1
    },

    /**
     * Ends the families of an account.
     * @param rule.except the one to spare
     * @param tx the transaction that it is to be part of
     */
    async endAll(userId: string, rule: { reason: Reason; except?: string }, tx: Queryable = db): Promise<void> {
      await tx.query(
        `UPDATE families SET revoked_at = now(), revoked_for = $2
         WHERE user_id = $1 AND ($3::uuid IS NULL OR id <> $3) AND ${LIVE}`,
        [userId, rule.reason, rule.except ?? null],
      )
    },
  }
}
