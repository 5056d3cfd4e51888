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

const UNIQUE_VIOLATION = '23505'

/** The users table. Addresses come in lower case. */
export function createAccounts(db: Db) {
  return {
    /** Adds a member to the default organisation. Undefined when the constraint says that the address is taken. */
    async add({ email, displayName, passwordHash }: NewAccount): Promise<Account | undefined> {
      try {
        const { rows } = await db.query<Account>(
          `INSERT INTO users (org_id, email, display_name, password_hash)
           VALUES ((SELECT id FROM orgs WHERE slug = 'default'), $1, $2, $3) RETURNING ${ACCOUNT_COLUMNS}`,
          [email, displayName, passwordHash],
        )
        return rows[0]
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION) return undefined
        throw error
      }
    },

    async findByEmail(email: string): Promise<Credentials | undefined> {
      const { rows } = await db.query<Account & { passwordHash: string; disabled: boolean }>(
        `SELECT ${ACCOUNT_COLUMNS}, password_hash AS "passwordHash", disabled_at IS NOT NULL AS disabled
         FROM users WHERE email = $1`,
        [email],
      )
      if (rows[0] === undefined) return undefined
      const { passwordHash, disabled, ...account } = rows[0]
      return { account, passwordHash, disabled }
    },
  }
}
