import { type Queryable, transaction } from '../../db.ts'
import { ACCOUNT_COLUMNS, type Account } from '../accounts.ts'
import type { SessionDeps } from '../deps.ts'
import { digest, newToken } from './tokens.ts'

/** What became of a token that was presented. */
export type Rotation =
  | { is: 'good'; familyId: string; account: Account; refreshToken: string }
  /** Unknown, too old, or of a family that is over. */
  | { is: 'invalid' }
  /** Beaten by a request that was in flight at the same time. Nothing was changed. */
  | { is: 'raced' }
  /** Used before, or a sibling of one that was. The family is over now; `ended` if it was this request that ended it. */
  | { is: 'reused'; familyId: string; userId: string; ended: boolean }

/** Rotation: each token is good for one use, which answers with a child of it. In the grace there are further children. */
export function createRotation({ config, db }: SessionDeps) {
  const { refreshIdle, reuseGrace } = config
  return {
    rotate(token: string): Promise<Rotation> {
      return transaction(db, async (tx) => {
        if (!(await lockFamily(tx, token))) return { is: 'invalid' }
        const found = await look(tx, token, { idle: refreshIdle, grace: reuseGrace })
        if (found === undefined) return { is: 'invalid' }
        const { tokenId, familyId, over, stale, used, superseded, overlapped, inGrace, ...account } = found
        if (over || stale) return { is: 'invalid' }
        if (superseded || (used && !inGrace)) {
          // In flight together with the use that beat it: no second line. Where there is a grace, two siblings may meet so.
          if (overlapped) return { is: reuseGrace === 0 ? 'raced' : 'invalid' }
          await tx.query(`UPDATE families SET revoked_at = now(), revoked_for = 'reuse' WHERE id = $1`, [familyId])
          return { is: 'reused', familyId, userId: account.id, ended: true }
        }
        if (!used) await use(tx, tokenId)
        return { is: 'good', familyId, account, refreshToken: await addChild(tx, tokenId, familyId) }
      })
    },
  }
}

/**
 * Makes the transactions of one family stand in line, on all replicas. Two siblings that are used at once would otherwise each
 * hold its own row and wait for the other's. False for a token that nobody knows.
 */
async function lockFamily(tx: Queryable, token: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    `SELECT FROM families WHERE id = (SELECT family_id FROM refresh_tokens WHERE hash = $1) FOR NO KEY UPDATE`,
    [digest(token)],
  )
  return rowCount === 1
}

interface Found extends Account {
  tokenId: string
  familyId: string
  over: boolean
  stale: boolean
  used: boolean
  superseded: boolean
  overlapped: boolean
  inGrace: boolean
}

/**
 * Everything that the decision needs. Read after the lock, in a statement of its own, which sees what the one before us in the
 * line has written; `now()` is still the beginning of our transaction, so what it did may lie in our future.
 */
async function look(tx: Queryable, token: string, { idle, grace }: { idle: number; grace: number }) {
  const { rows } = await tx.query<Found>(
    `SELECT token.id AS "tokenId", families.id AS "familyId", ${ACCOUNT_COLUMNS},
       families.revoked_at IS NOT NULL OR families.ends_at <= now() OR users.disabled_at IS NOT NULL AS over,
       token.used_at IS NULL AND token.created_at <= now() - make_interval(secs => $2) AS stale,
       token.used_at IS NOT NULL AS used,
       token.superseded_at IS NOT NULL AS superseded,
       coalesce(coalesce(token.used_at, token.superseded_at) >= now(), false) AS overlapped,
       coalesce($3::int > 0 AND token.used_at > now() - make_interval(secs => $3), false) AND NOT EXISTS (
         SELECT FROM refresh_tokens AS child WHERE child.parent_id = token.id AND child.used_at IS NOT NULL
       ) AS "inGrace"
     FROM refresh_tokens AS token
     JOIN families ON families.id = token.family_id
     JOIN users ON users.id = families.user_id
     WHERE token.hash = $1`,
    [digest(token), idle, grace],
  )
  return rows[0]
}

/**
 * Marks a token as used and ends its siblings. Without the second half two lines would go on side by side, each bringing its
 * newest token, and nothing would ever come back. Not by time: the cookie jar keeps the reply that came last, whichever that is.
 */
async function use(tx: Queryable, tokenId: string): Promise<void> {
  await tx.query('UPDATE refresh_tokens SET used_at = clock_timestamp() WHERE id = $1', [tokenId])
  await tx.query(
    `UPDATE refresh_tokens AS sibling SET superseded_at = clock_timestamp()
     FROM refresh_tokens AS token
     WHERE token.id = $1 AND sibling.parent_id = token.parent_id AND sibling.id <> token.id AND sibling.superseded_at IS NULL`,
    [tokenId],
  )
}

async function addChild(tx: Queryable, parentId: string, familyId: string): Promise<string> {
  const refreshToken = newToken()
  await tx.query('INSERT INTO refresh_tokens (family_id, parent_id, hash) VALUES ($1, $2, $3)', [
    familyId,
    parentId,
    digest(refreshToken),
  ])
  return refreshToken
}
