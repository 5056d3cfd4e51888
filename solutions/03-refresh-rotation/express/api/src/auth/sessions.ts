import type { Account } from './accounts.ts'
import type { SessionDeps } from './deps.ts'
import { createFamilies } from './refresh/families.ts'
import { createRotation, type Rotation } from './refresh/rotation.ts'

export type Sessions = ReturnType<typeof createSessions>

/** What a client gets when it signs in, and again at each refresh. */
export interface SignedIn {
  accessToken: string
  /** Of the access token, in whole seconds. */
  expiresIn: number
  refreshToken: string
}

/** A refresh that succeeded, or why it did not. */
export type Refreshed = { is: 'good'; signedIn: SignedIn } | Exclude<Rotation, { is: 'good' }>

/**
 * Sessions: a family of refresh tokens each, and access tokens that name it as `sid`. An access token is looked up by that
 * name at each use, so whatever ends the family ends its access tokens in the same instant, on every replica.
 */
export function createSessions(deps: SessionDeps) {
  const families = createFamilies(deps)
  const rotation = createRotation(deps)
  const { listOf, endByToken, endOne, endAll } = families

  async function signedIn(account: Account, familyId: string, refreshToken: string): Promise<SignedIn> {
    return { ...(await deps.tokens.issue({ account, sessionId: familyId })), refreshToken }
  }

  return {
    listOf,
    endByToken,
    endOne,
    endAll,

    /** Signs an account in. */
    async open(account: Account): Promise<SignedIn> {
      const { familyId, refreshToken } = await families.begin(account.id)
      return signedIn(account, familyId, refreshToken)
    },

    /** Trades a refresh token in for the next one, and a new access token. */
    async refresh(refreshToken: string): Promise<Refreshed> {
      const outcome = await rotation.rotate(refreshToken)
      if (outcome.is !== 'good') return outcome
      return { is: 'good', signedIn: await signedIn(outcome.account, outcome.familyId, outcome.refreshToken) }
    },

    /** The account and the session that an access token speaks for, as long as both live. */
    async find(accessToken: string): Promise<{ account: Account; sessionId: string } | undefined> {
      const claims = await deps.tokens.verify(accessToken)
      if (claims === undefined) return undefined
      const account = await families.accountOf(claims.sid, claims.sub)
      return account && { account, sessionId: claims.sid }
    },
  }
}
