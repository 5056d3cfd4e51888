import { randomBytes, sign, verify } from 'node:crypto'
import type { Config } from '../config.ts'
import type { Account } from './accounts.ts'
import type { Keys } from './keys.ts'

const LEEWAY = 55
const PART = /^[A-Za-z0-9_-]+$/

export type Tokens = ReturnType<typeof createTokens>

type Json = Record<string, unknown>

const encode = (value: Json) => Buffer.from(JSON.stringify(value)).toString('base64url')
const clock = () => Date.now() / 1000

/** Access tokens, read and written without a library. */
export function createTokens({ issuer, audience, accessTtl }: Config, keys: Keys) {
  /** Every sentence has to hold. The order is of no importance to a client: each failure is the same refusal. */
  const headerRules: ((header: Json) => boolean)[] = [
    (header) => header.alg === 'RS256',
    (header) =>
      ['at+jwt', 'application/at+jwt'].includes(String(header.typ).toLowerCase()) && !Array.isArray(header.typ),
    (header) => !Object.hasOwn(header, 'crit'),
  ]
  const claimRules: ((claims: Json) => boolean)[] = [
    (claims) => claims.iss === issuer,
    (claims) => (Array.isArray(claims.aud) ? claims.aud : [claims.aud]).includes(audience),
    (claims) => typeof claims.exp === 'number' && claims.exp > clock() - LEEWAY,
    (claims) => claims.nbf === undefined || (typeof claims.nbf === 'number' && claims.nbf < clock() + LEEWAY),
    (claims) => typeof claims.sub === 'string',
  ]

  return {
    issue({ account, sessionId }: { account: Account; sessionId: string }) {
      const { kid, privateKey } = keys.signing
      const iat = Math.floor(clock())
      const claims = {
        iss: issuer,
        aud: [audience],
        sub: account.id,
        sid: sessionId,
        jti: randomBytes(16).toString('hex'),
        iat,
        exp: iat + accessTtl,
        role: account.role,
        orgId: account.orgId,
      }
      const input = `${encode({ alg: 'RS256', typ: 'at+jwt', kid })}.${encode(claims)}`
      const signature = sign('RSA-SHA256', Buffer.from(input), privateKey).toString('base64url')
      return { accessToken: `${input}.${signature}`, expiresIn: accessTtl }
    },

    /** What a token says, if it keeps every rule. */
    async verify(token: string): Promise<{ sub: string } | undefined> {
      const parts = token.split('.')
      if (parts.length !== 3 || !parts.every((part) => PART.test(part))) return undefined
      const [head, body, signature] = parts as [string, string, string]
      const [header, claims] = [read(head), read(body)]
      if (header === undefined || claims === undefined || !headerRules.every((rule) => rule(header))) return undefined
      const key = keys.find(header.kid)
      if (key === undefined) return undefined
      const good = verify(
        'RSA-SHA256',
        Buffer.from(`${head}.${body}`),
        key.publicKey,
        Buffer.from(signature, 'base64url'),
      )
      return good && claimRules.every((rule) => rule(claims)) ? { sub: String(claims.sub) } : undefined
    },
  }
}

function read(part: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined
  } catch {
    return undefined
  }
}
