import { randomUUID } from 'node:crypto'
import jwt, { type JwtHeader, type JwtPayload } from 'jsonwebtoken'
import type { Config } from '../config.ts'
import type { Account } from './accounts.ts'
import type { Keys } from './keys.ts'

const TYPES = ['at+jwt', 'application/at+jwt']
/** The library decodes what is nearly Base64url as well. */
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/

export type Tokens = ReturnType<typeof createTokens>

/** Access tokens by jsonwebtoken. It checks what it is told to check and what it finds; the rest is asked for here. */
export function createTokens({ issuer, audience, accessTtl }: Config, keys: Keys) {
  return {
    issue({ account, sessionId }: { account: Account; sessionId: string }) {
      const { kid, privateKey } = keys.signing()
      const claims = { sid: sessionId, role: account.role, orgId: account.orgId }
      const accessToken = jwt.sign(claims, privateKey, {
        algorithm: 'RS256',
        header: { alg: 'RS256', typ: 'at+jwt', kid },
        issuer,
        audience,
        subject: account.id,
        jwtid: randomUUID(),
        expiresIn: accessTtl,
      })
      return { accessToken, expiresIn: accessTtl }
    },

    /** What a token says, if it is good. */
    async verify(token: string): Promise<{ sub: string } | undefined> {
      if (!COMPACT.test(token)) return undefined
      const header = headerOf(token)
      if (header === undefined || !TYPES.includes(String(header.typ).toLowerCase()) || Array.isArray(header.typ))
        return undefined
      // The library knows no extension and does not look whether one is asked for.
      if (header.crit !== undefined) return undefined
      const key = typeof header.kid === 'string' ? keys.find(header.kid) : undefined
      if (key === undefined) return undefined
      try {
        const claims = jwt.verify(token, key.publicKey, { algorithms: ['RS256'], clockTolerance: 10 }) as JwtPayload
        return meant(claims) ? { sub: claims.sub as string } : undefined
      } catch {
        return undefined
      }
    },
  }

  /** What the library leaves alone where it is missing, or compares more loosely. */
  function meant({ iss, aud, exp, sub }: JwtPayload): boolean {
    const forUs = Array.isArray(aud) ? aud.includes(audience) : aud === audience
    return iss === issuer && forUs && typeof exp === 'number' && typeof sub === 'string'
  }
}

function headerOf(token: string): (JwtHeader & { crit?: unknown }) | undefined {
  try {
    const decoded = jwt.decode(token, { complete: true })
    return typeof decoded?.header === 'object' && decoded.header !== null ? decoded.header : undefined
  } catch {
    return undefined
  }
}
