import type { Db } from '../db.ts'

/** An account as the API shows it. */
export interface Account {
  id: string
  email: string
  displayName: string
  role: string
  orgId: string
}

/** What signing in needs to know, and nobody else. */
export interface Credentials {
  account: Account
  passwordHash: string
  disabled: boolean
}

export interface NewAccount {
  email: string
  displayName: string
  passwordHash: string
}

export type Accounts = ReturnType<typeof createAccounts>

/** The columns of an account, as the API names them. */
export const ACCOUNT_COLUMNS = `users.id, users.email, users.display_name AS "displayName", users.role, users.org_id AS "orgId"`

/** The users table. */
export function createAccounts(db: Db) {
  return {
    /**
     * Adds a member to the default organisation. Undefined when the address is taken: the unique index decides, so of two
     * requests at once only one can win.
     */
    async add({ email, displayName, passwordHash }: NewAccount): Promise<Account | undefined> {
      const { rows } = await db.query<Account>(
        `INSERT INTO users (org_id, email, display_name, password_hash)
         SELECT id, $1, $2, $3 FROM orgs WHERE slug = 'default'
         ON CONFLICT (lower(email)) DO NOTHING
         RETURNING ${ACCOUNT_COLUMNS}`,
        [email, displayName, passwordHash],
      )
      return rows[0]
    },

    /** The account with this address in any letter case. */
    async findByEmail(email: string): Promise<Credentials | undefined> {
      const { rows } = await db.query<Account & { passwordHash: string; disabled: boolean }>(
        `SELECT ${ACCOUNT_COLUMNS}, password_hash AS "passwordHash", disabled_at IS NOT NULL AS disabled
         FROM users WHERE lower(email) = lower($1)`,
        [email],
      )
      if (rows[0] === undefined) return undefined
      const { passwordHash, disabled, ...account } = rows[0]
      return { account, passwordHash, disabled }
    },
  }
}
