import { type Queryable, transaction } from '../../db.ts'
import { ACCOUNT_COLUMNS, type Account } from '../accounts.ts'
import type { SessionDeps } from '../deps.ts'
import { digest, successorOf } from './tokens.ts'

/** What became of a token that was presented. */
export type Rotation =
  | { is: 'good'; familyId: string; account: Account; refreshToken: string }
  /** Unknown, too old, or of a family that is over. */
  | { is: 'invalid' }
  /** Beaten by a request that was in flight at the same time. Nothing was changed. */
  | { is: 'raced' }
  /** Used before. The family is over now; `ended` if it was this request that ended it. */
  | { is: 'reused'; familyId: string; userId: string; ended: boolean }

/** Rotation: each token is good for one use, which answers with the next one. */
export function createRotation({ config, db, keys }: SessionDeps) {
  const { refreshIdle, reuseGrace } = config

  return {
    rotate(token: string): Promise<Rotation> {
      return transaction(db, async (tx) => {
        const held = await hold(tx, token, { idle: refreshIdle, grace: reuseGrace })
        if (held === undefined || held.over) return { is: 'invalid' }
        const { tokenId, familyId, successorKid, ...state } = held
        const account = await accountOf(tx, familyId)
        if (account === undefined) return { is: 'invalid' }

        if (!state.used) {
          if (state.idle) return { is: 'invalid' }
          const { kid, privateKey } = keys.signing()
          const refreshToken = successorOf(token, privateKey)
          await tx.query('UPDATE refresh_tokens SET used_at = clock_timestamp(), successor_kid = $2 WHERE id = $1', [
            tokenId,
            kid,
          ])
          await tx.query('INSERT INTO refresh_tokens (family_id, parent_id, hash) VALUES ($1, $2, $3)', [
            familyId,
            tokenId,
            digest(refreshToken),
          ])
          return { is: 'good', familyId, account, refreshToken }
        }

        if (state.recent && !(await successorUsed(tx, tokenId))) {
          // With the key that it was made with, which need not sign any more. Where that one was taken away, the retry is lost.
          const key = keys.find(successorKid ?? '')
          if (key === undefined) return { is: 'invalid' }
          return { is: 'good', familyId, account, refreshToken: successorOf(token, key.privateKey) }
        }
        if (state.overlapped) return { is: 'raced' }
        const { rowCount } = await tx.query(
          `UPDATE families SET revoked_at = now(), revoked_for = 'reuse' WHERE id = $1 AND revoked_at IS NULL`,
          [familyId],
        )
        return { is: 'reused', familyId, userId: account.id, ended: rowCount === 1 }
      })
    },
  }
}

interface Held {
  tokenId: string
  familyId: string
  /** The key that the successor was made with. */
  successorKid: string | null
  used: boolean
  /** First used no longer ago than the grace. */
  recent: boolean
  /** Used when our transaction had begun already. */
  overlapped: boolean
  idle: boolean
  over: boolean
}

/**
 * Locks a token's row for the rest of the transaction. Whoever comes second waits, and gets the row as the first one leaves it;
 * `now()` goes on being when each of them began.
 */
async function hold(tx: Queryable, token: string, { idle, grace }: { idle: number; grace: number }) {
  const { rows } = await tx.query<Held>(
    `SELECT token.id AS "tokenId", families.id AS "familyId", token.successor_kid AS "successorKid",
       token.used_at IS NOT NULL AS used,
       $3::int > 0 AND coalesce(token.used_at > now() - make_interval(secs => $3), false) AS recent,
       coalesce(token.used_at >= now(), false) AS overlapped,
       token.created_at <= now() - make_interval(secs => $2) AS idle,
       families.revoked_at IS NOT NULL OR families.ends_at <= now() AS over
     FROM refresh_tokens AS token JOIN families ON families.id = token.family_id
     WHERE token.hash = $1
     FOR NO KEY UPDATE OF token`,
    [digest(token), idle, grace],
  )
  return rows[0]
}

async function accountOf(tx: Queryable, familyId: string): Promise<Account | undefined> {
  const { rows } = await tx.query<Account>(
    `SELECT ${ACCOUNT_COLUMNS} FROM families JOIN users ON users.id = families.user_id
     WHERE families.id = $1 AND users.disabled_at IS NULL`,
    [familyId],
  )
  return rows[0]
}

/** The first use of the successor says that the reply arrived. From then on its parent has no grace. */
async function successorUsed(tx: Queryable, tokenId: string): Promise<boolean> {
  const used = 'SELECT FROM refresh_tokens WHERE parent_id = $1 AND used_at IS NOT NULL'
  const { rowCount } = await tx.query(used, [tokenId])
  return rowCount !== 0
}
