import { randomUUID } from 'node:crypto'
import { errors, type JWTHeaderParameters, jwtVerify, SignJWT } from 'jose'
import type { Config } from '../config.ts'
import type { Account } from './accounts.ts'
import type { Keys } from './keys.ts'

/** The one algorithm and the one kind of token that there are here. */
const ALGORITHM = 'RS256'
const TYPE = 'at+jwt'
/** Clocks of two machines differ; this much is forgiven, in seconds. */
const LEEWAY = 5
/** Three parts in Base64url and nothing else. Decoders forgive padding, white space and foreign letters; we do not. */
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/

export type Tokens = ReturnType<typeof createTokens>

export interface Claims {
  /** Id of the account. */
  sub: string
}

/** Access tokens: JWTs after RFC 9068. What we accept is decided here, and by nothing that a token says. */
export function createTokens({ issuer, audience, accessTtl }: Config, keys: Keys) {
  const keyOf = ({ kid, crit }: JWTHeaderParameters) => {
    // We know no extension, so none that has to be understood can be.
    if (crit !== undefined) throw new errors.JWSInvalid('crit is not supported')
    const key = typeof kid === 'string' ? keys.find(kid) : undefined
    if (key === undefined) throw new errors.JWKSNoMatchingKey()
    return key.publicKey
  }

  return {
    async issue({ account, sessionId }: { account: Account; sessionId: string }) {
      const { kid, privateKey } = keys.signing()
      const now = Math.floor(Date.now() / 1000)
      // Who it is and what they may do; a token is read by more eyes than one thinks, so nothing about the person.
      const accessToken = await new SignJWT({ sid: sessionId, role: account.role, orgId: account.orgId })
        .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(account.id)
        .setJti(randomUUID())
        .setIssuedAt(now)
        .setExpirationTime(now + accessTtl)
        .sign(privateKey)
      return { accessToken, expiresIn: accessTtl }
    },

    /** What a token says, if it is one of ours and good now; undefined for anything else. */
    async verify(token: string): Promise<Claims | undefined> {
      if (!COMPACT.test(token)) return undefined
      try {
        const { payload } = await jwtVerify(token, keyOf, {
          algorithms: [ALGORITHM],
          typ: TYPE,
          issuer,
          audience,
          clockTolerance: LEEWAY,
          requiredClaims: ['exp', 'sub'],
        })
        return typeof payload.sub === 'string' ? { sub: payload.sub } : undefined
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined
        throw error
      }
    },
  }
}
