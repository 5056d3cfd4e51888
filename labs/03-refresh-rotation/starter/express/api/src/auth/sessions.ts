import { randomUUID } from 'node:crypto'
import { decodeJwt } from 'jose'
import { ACCOUNT_COLUMNS, type Account } from './accounts.ts'
import type { SessionDeps } from './deps.ts'
import { createMemory } from './refresh/memory.ts'
import { createRefreshTokens } from './refresh/tokens.ts'

export type Sessions = ReturnType<typeof createSessions>

/** What a client gets when it signs in, and again at each refresh. */
export interface SignedIn {
  accessToken: string
  /** Of the access token, in whole seconds. */
  expiresIn: number
  refreshToken: string
}

/** Sessions: an access token for minutes, and a refresh token that buys the next pair. */
export function createSessions({ config, db, keys, tokens }: SessionDeps) {
  const refreshTokens = createRefreshTokens(config, keys)
  const memory = createMemory()
  const { listOf, endOne, endAll } = memory

  async function pair(account: Account, sessionId: string): Promise<SignedIn> {
    const refreshToken = await refreshTokens.issue(account, sessionId)
    memory.used(sessionId, account.id, String(decodeJwt(refreshToken).jti))
    return { ...(await tokens.issue({ account, sessionId })), refreshToken }
  }

  return {
    listOf,
    endOne,
    endAll,

    /** Signs an account in. */
    open: (account: Account) => pair(account, randomUUID()),

    /** Trades a refresh token in for a new pair. Each can be used once: then it is revoked. */
    async refresh(refreshToken: string): Promise<SignedIn | undefined> {
      const claims = await refreshTokens.verify(refreshToken)
      if (claims === undefined || memory.isRevoked(claims.jti)) return undefined
      memory.revoke(claims.jti)
      const { sub: id, sid, role, orgId } = claims
      return pair({ id, role, orgId, email: '', displayName: '' }, sid)
    },

    /** Signs out. */
    async endByToken(refreshToken: string): Promise<void> {
      const claims = await refreshTokens.verify(refreshToken)
      if (claims === undefined) return
      memory.revoke(claims.jti)
      memory.endOne(claims.sid)
    },

    /** The account and the session that an access token speaks for, unless the account is disabled. */
    async find(accessToken: string): Promise<{ account: Account; sessionId: string } | undefined> {
      const claims = await tokens.verify(accessToken)
      if (claims === undefined) return undefined
      const { rows } = await db.query<Account>(
        `SELECT ${ACCOUNT_COLUMNS} FROM users WHERE users.id::text = $1 AND disabled_at IS NULL`,
        [claims.sub],
      )
      return rows[0] && { account: rows[0], sessionId: claims.sid }
    },
  }
}
