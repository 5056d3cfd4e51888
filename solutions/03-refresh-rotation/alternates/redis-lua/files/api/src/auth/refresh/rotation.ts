import { ACCOUNT_COLUMNS, type Account } from '../accounts.ts'
import type { SessionDeps } from '../deps.ts'
import { familyKey, tokenKey } from './families.ts'
import { ROTATE } from './scripts.ts'
import { digest, newToken, seal, unseal } from './tokens.ts'

/** What became of a token that was presented. */
export type Rotation =
  | { is: 'good'; familyId: string; account: Account; refreshToken: string }
  /** Unknown, too old, or of a family that is over. */
  | { is: 'invalid' }
  /** Does not come up here: Redis says nothing about when a request set out, so at a grace of zero a race is a reuse. */
  | { is: 'raced' }
  /** Used before. The family is over now; `ended` if it was this request that ended it. */
  | { is: 'reused'; familyId: string; userId: string; ended: boolean }

/** Rotation: each token is good for one use, which answers with the next one. */
export function createRotation({ config, db, redis }: SessionDeps) {
  const idle = config.refreshIdle * 1000
  const grace = config.reuseGrace * 1000

  /** Whose a token is. Neither its family nor the family's account ever changes, so this may be asked before the script runs. */
  async function accountOf(token: string): Promise<Account | undefined> {
    const client = await redis.connected()
    const familyId = await client.hGet(tokenKey(token), 'family')
    const userId = familyId && (await client.hGet(familyKey(familyId), 'user'))
    if (!userId) return undefined
    const { rows } = await db.query<Account>(
      `SELECT ${ACCOUNT_COLUMNS} FROM users WHERE id = $1 AND disabled_at IS NULL`,
      [userId],
    )
    return rows[0]
  }

  return {
    async rotate(token: string): Promise<Rotation> {
      const account = await accountOf(token)
      if (account === undefined) return { is: 'invalid' }
      const child = newToken()
      const client = await redis.connected()
      const answer = await client.eval(ROTATE, {
        keys: [tokenKey(token)],
        arguments: [digest(child).toString('hex'), seal(child, token).toString('base64'), String(idle), String(grace)],
      })
      const [is, familyId = '', sealed = ''] = answer as string[]
      switch (is) {
        case 'rotated':
          return { is: 'good', familyId, account, refreshToken: child }
        case 'again':
          return { is: 'good', familyId, account, refreshToken: unseal(Buffer.from(sealed, 'base64'), token) }
        case 'reused':
          // The script ends a family once; who comes later finds it over.
          return { is: 'reused', familyId, userId: account.id, ended: true }
        default:
          return { is: 'invalid' }
      }
    },
  }
}
