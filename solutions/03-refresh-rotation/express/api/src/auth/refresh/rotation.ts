import { type Db, type Queryable, transaction } from '../../db.ts'
import { errorFields, type Log } from '../../log.ts'
import { ACCOUNT_COLUMNS, type Account } from '../accounts.ts'
import type { SessionDeps } from '../deps.ts'
import { digest, newToken, seal, unseal } from './tokens.ts'

/** What became of a token that was presented. */
export type Rotation =
  | { is: 'good'; familyId: string; account: Account; refreshToken: string }
  /** Unknown, too old, or of a family that is over. */
  | { is: 'invalid' }
  /** Beaten by a request that was in flight at the same time. Nothing was changed. */
  | { is: 'raced' }
  /** Used before. The family is over now; `ended` if it was this request that ended it. */
  | { is: 'reused'; familyId: string; userId: string; ended: boolean }

/** How often ciphertexts are looked for whose grace is over, in milliseconds. */
const SWEEP_MS = 30_000

/** Rotation: each token is good for one use, which answers with the next one. */
export function createRotation({ config, db, log }: SessionDeps) {
  const { refreshIdle, reuseGrace } = config
  setInterval(() => sweep(db, reuseGrace, log), SWEEP_MS).unref()

  return {
    /**
     * Consumes a token. One transaction for all of it: a crash between the use and the successor must not eat the session,
     * and `now()`, its beginning, is what tells a race from a replay.
     */
    rotate(token: string): Promise<Rotation> {
      return transaction(db, async (tx) => {
        const parent = await consume(tx, token, refreshIdle)
        if (parent === undefined) return explain(tx, token, reuseGrace)
        const refreshToken = newToken()
        await tx.query('INSERT INTO refresh_tokens (family_id, parent_id, hash, sealed) VALUES ($1, $2, $3, $4)', [
          parent.familyId,
          parent.tokenId,
          digest(refreshToken),
          reuseGrace > 0 ? seal(refreshToken, token) : null,
        ])
        return { is: 'good', familyId: parent.familyId, account: parent.account, refreshToken }
      })
    },
  }
}

/**
 * Looks whether a token may be used and marks it as used, in one statement. Of several at once the first one holds the row;
 * the others wait for it, look at the condition again and find nothing, on whichever replica they run.
 */
async function consume(tx: Queryable, token: string, idle: number) {
  const { rows } = await tx.query<Account & { tokenId: string; familyId: string }>(
    `UPDATE refresh_tokens AS token SET used_at = clock_timestamp(), sealed = NULL
     FROM families JOIN users ON users.id = families.user_id
     WHERE token.hash = $1 AND families.id = token.family_id
       AND token.used_at IS NULL
       AND token.created_at > now() - make_interval(secs => $2)
       AND families.revoked_at IS NULL AND families.ends_at > now()
       AND users.disabled_at IS NULL
     RETURNING token.id AS "tokenId", families.id AS "familyId", ${ACCOUNT_COLUMNS}`,
    [digest(token), idle],
  )
  if (rows[0] === undefined) return undefined
  const { tokenId, familyId, ...account } = rows[0]
  return { tokenId, familyId, account }
}

interface Spent extends Account {
  familyId: string
  over: boolean
  used: boolean
  overlapped: boolean
  /** The successor, as long as the grace lasts and nobody has used it. */
  sealed: Buffer | null
}

/**
 * Why a token could not be consumed. The grace counts from its first use, of which no replay makes a later one, and covers
 * the parent of the newest token alone: the first use of the successor says that the reply arrived. An age may be negative
 * here: whoever waited for the row began before it was used.
 */
async function explain(tx: Queryable, token: string, grace: number): Promise<Rotation> {
  const { rows } = await tx.query<Spent>(
    `SELECT families.id AS "familyId", ${ACCOUNT_COLUMNS},
       families.revoked_at IS NOT NULL OR families.ends_at <= now() OR users.disabled_at IS NOT NULL AS over,
       token.used_at IS NOT NULL AS used,
       coalesce(token.used_at >= now(), false) AS overlapped,
       CASE WHEN token.used_at > now() - make_interval(secs => $2) AND next.used_at IS NULL THEN next.sealed END AS sealed
     FROM refresh_tokens AS token
     JOIN families ON families.id = token.family_id
     JOIN users ON users.id = families.user_id
     LEFT JOIN refresh_tokens AS next ON next.parent_id = token.id
     WHERE token.hash = $1`,
    [digest(token), grace],
  )
  if (rows[0] === undefined) return { is: 'invalid' }
  const { familyId, over, used, overlapped, sealed, ...account } = rows[0]
  // First of all: an ended family has no grace.
  if (over || !used) return { is: 'invalid' }
  if (sealed !== null) return { is: 'good', familyId, account, refreshToken: unseal(sealed, token) }
  // Sent before anybody could know that it had been used. Neither a retry nor a thief.
  if (overlapped) return { is: 'raced' }
  return { is: 'reused', familyId, userId: account.id, ended: await endFor(tx, familyId) }
}

/** Two parties hold this line, and we cannot know which of them is the thief. Of several replays at once, one gets `true`. */
async function endFor(tx: Queryable, familyId: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    `UPDATE families SET revoked_at = now(), revoked_for = 'reuse' WHERE id = $1 AND revoked_at IS NULL`,
    [familyId],
  )
  return rowCount === 1
}

/**
 * Forgets successors whose grace is over: with an old token and a copy of the table they could be read. Rows that somebody
 * is using are left for the next time.
 */
async function sweep(db: Db, grace: number, log: Log): Promise<void> {
  try {
    await db.query(
      `UPDATE refresh_tokens SET sealed = NULL WHERE id IN (
         SELECT id FROM refresh_tokens
         WHERE sealed IS NOT NULL AND created_at <= now() - make_interval(secs => $1)
         FOR UPDATE SKIP LOCKED)`,
      [grace],
    )
  } catch (error) {
    log.warn('sweeping refresh_tokens failed', errorFields(error))
  }
}
