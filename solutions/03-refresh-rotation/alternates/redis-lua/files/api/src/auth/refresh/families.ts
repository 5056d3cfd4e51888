import { randomUUID } from 'node:crypto'
import { ACCOUNT_COLUMNS, type Account } from '../accounts.ts'
import type { SessionDeps } from '../deps.ts'
import { BEGIN, END, END_ALL, LIST } from './scripts.ts'
import { digest, newToken } from './tokens.ts'

/** Why a family was ended before its time. */
export type Reason = 'reuse' | 'sign-out' | 'sign-out-everywhere' | 'password' | 'session-list'

/** A family as its owner sees it. */
export interface Family {
  id: string
  createdAt: Date
  lastUsedAt: Date
}

/** An id that can be looked up. */
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i

/** The key of a token: by its SHA-256, for who reads the database is to have no token. */
export const tokenKey = (token: string) => `depot:token:${digest(token).toString('hex')}`
export const familyKey = (id: string) => `depot:family:${id}`
const userKey = (id: string) => `depot:user:${id}`

export type Families = ReturnType<typeof createFamilies>

/** Families of refresh tokens in Redis: beginning, finding and ending them. Postgres is asked about accounts alone. */
export function createFamilies({ config, db, redis }: SessionDeps) {
  const run = async (script: string, keys: string[], args: (string | number)[]) =>
    (await redis.connected()).eval(script, { keys, arguments: args.map(String) })

  /** Ends the family with this id. */
  const end = async (id: string, rule: { reason: Reason; userId?: string }) =>
    (await run(END, [familyKey(id)], [rule.userId ?? '', rule.reason])) === 1

  return {
    /** Begins a family with its first token. */
    async begin(userId: string): Promise<{ familyId: string; refreshToken: string }> {
      const [familyId, refreshToken] = [randomUUID(), newToken()]
      const keys = [familyKey(familyId), userKey(userId), tokenKey(refreshToken)]
      await run(BEGIN, keys, [familyId, userId, config.refreshAbsolute * 1000])
      return { familyId, refreshToken }
    },

    /** The account of a family that lives, unless it is disabled. */
    async accountOf(familyId: string, userId: string): Promise<Account | undefined> {
      if (!UUID.test(familyId) || !UUID.test(userId)) return undefined
      const [user, revoked] = await (await redis.connected()).hmGet(familyKey(familyId), ['user', 'revoked'])
      if (user !== userId || revoked) return undefined
      const { rows } = await db.query<Account>(
        `SELECT ${ACCOUNT_COLUMNS} FROM users WHERE id = $1 AND disabled_at IS NULL`,
        [userId],
      )
      return rows[0]
    },

    /** The account's families that can still be refreshed, the one used last first. */
    async listOf(userId: string): Promise<Family[]> {
      const rows = (await run(LIST, [userKey(userId)], [config.refreshIdle * 1000])) as [string, string, string][]
      const families = rows.map(([id, created, lastUsed]) => ({
        id,
        createdAt: new Date(Number(created)),
        lastUsedAt: new Date(Number(lastUsed)),
      }))
      return families.sort((a, b) => b.lastUsedAt.getTime() - a.lastUsedAt.getTime())
    },

    /** Ends the family that a token is of, newest or not. Nothing happens to a token that nobody knows. */
    async endByToken(refreshToken: string): Promise<void> {
      const familyId = await (await redis.connected()).hGet(tokenKey(refreshToken), 'family')
      if (familyId) await end(familyId, { reason: 'sign-out' })
    },

    /** Ends one family of this account. False: the account has none with this id that lives. */
    endOne: (familyId: string, userId: string) => end(familyId, { reason: 'session-list', userId }),

    /**
     * Ends the families of an account, but for `except`. This is no part of a transaction in Postgres: where that fails
     * afterwards, people are signed out and their password is the old one, which is the safe half.
     */
    async endAll(userId: string, rule: { reason: Reason; except?: string }, _tx?: unknown): Promise<void> {
      await run(END_ALL, [userKey(userId)], [rule.except ?? '', rule.reason])
    },
  }
}
