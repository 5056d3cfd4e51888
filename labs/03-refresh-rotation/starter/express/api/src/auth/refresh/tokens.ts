import { randomUUID } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'
import type { Config } from '../../config.ts'
import type { Account } from '../accounts.ts'
import type { Keys } from '../keys.ts'

/** What a refresh token says. Everything that a new pair needs is in it, so no table has to be asked. */
export interface RefreshClaims {
  sub: string
  sid: string
  jti: string
  role: string
  orgId: string
}

/** Refresh tokens: JWTs as the access tokens are, of a type of their own. */
export function createRefreshTokens({ issuer, refreshIdle }: Config, keys: Keys) {
  return {
    issue(account: Pick<Account, 'id' | 'role' | 'orgId'>, sid: string): Promise<string> {
      const { kid, privateKey } = keys.signing()
      return new SignJWT({ sid, role: account.role, orgId: account.orgId })
        .setProtectedHeader({ alg: 'RS256', typ: 'rt+jwt', kid })
        .setIssuer(issuer)
        .setAudience(issuer)
        .setSubject(account.id)
        .setJti(randomUUID())
        .setIssuedAt()
        .setExpirationTime(`${refreshIdle}s`)
        .sign(privateKey)
    },

    /** What a token says, if it is one of ours and has not expired. */
    async verify(token: string): Promise<RefreshClaims | undefined> {
      try {
        const { payload } = await jwtVerify<RefreshClaims>(
          token,
          ({ kid }) => {
            const key = keys.find(String(kid))
            if (key === undefined) throw new Error('no such key')
            return key.publicKey
          },
          { algorithms: ['RS256'], typ: 'rt+jwt', issuer, audience: issuer },
        )
        return payload
      } catch {
        return undefined
      }
    },
  }
}
