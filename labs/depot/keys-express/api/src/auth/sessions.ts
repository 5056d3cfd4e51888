import { randomUUID } from 'node:crypto'
import type { Db } from '../db.ts'
import { ACCOUNT_COLUMNS, type Account } from './accounts.ts'
import type { Tokens } from './tokens.ts'

export type Sessions = ReturnType<typeof createSessions>

/** What a client gets when it signs in. */
export interface AccessToken {
  accessToken: string
  /** Whole seconds. */
  expiresIn: number
}

/** Sessions whose access token says itself whose it is. Nothing of them is kept, so none can be ended before its time. */
export function createSessions(db: Db, tokens: Tokens) {
  /** The account with this id, unless it is disabled. */
  async function accountOf(id: string): Promise<Account | undefined> {
    const { rows } = await db.query<Account>(
      `SELECT ${ACCOUNT_COLUMNS} FROM users WHERE users.id::text = $1 AND disabled_at IS NULL`,
      [id],
    )
    return rows[0]
  }

  return {
    /** Signs an account in. */
    async open(userId: string): Promise<AccessToken> {
      const account = await accountOf(userId)
      if (account === undefined) throw new Error('a session for an account that is not there')
      return tokens.issue({ account, sessionId: randomUUID() })
    },

    /** The account that a token speaks for, if the token is good and the account is not disabled. */
    async find(accessToken: string): Promise<Account | undefined> {
      const claims = await tokens.verify(accessToken)
      return claims === undefined ? undefined : accountOf(claims.sub)
    },
  }
}
