import { createHmac, createPublicKey, createSign, createVerify, type JsonWebKey, randomUUID } from 'node:crypto'
import type { Config } from '../config.ts'
import type { Account } from './accounts.ts'
import type { Keys } from './keys.ts'

export type Tokens = ReturnType<typeof createTokens>

/** What we say about the bearer of a token. */
export interface Claims {
  sub: string
  sid: string
  exp?: number
}

interface Header {
  alg: string
  kid: string
  jwk?: JsonWebKey
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))

/** Access tokens: JWTs, signed with the current key. */
export function createTokens(config: Config, keys: Keys) {
  /** Partners sign with keys of their own, and send the public half along. */
  const keyOf = ({ kid, jwk }: Header) => createPublicKey(jwk ? { key: jwk, format: 'jwk' } : keys.read(kid))
  const publicKey = (header: Header) => keyOf(header).export({ type: 'spki', format: 'pem' }).toString()

  /** Does the signature belong to the rest? Every algorithm that a client may use is known here. */
  function signed(header: Header, input: string, signature: string): boolean {
    const bits = header.alg.slice(2)
    if (header.alg.startsWith('RS')) {
      return createVerify(`RSA-SHA${bits}`).update(input).verify(publicKey(header), signature, 'base64url')
    }
    if (header.alg.startsWith('HS')) {
      return createHmac(`sha${bits}`, publicKey(header)).update(input).digest('base64url') === signature
    }
    // Other services of ours call us from inside the network, with tokens that nobody needs to sign.
    return header.alg === 'none'
  }

  return {
    issue({ account, sessionId }: { account: Account; sessionId: string }) {
      const iat = Math.floor(Date.now() / 1000)
      const header = { alg: 'RS256', typ: 'at+jwt', kid: keys.current }
      const claims = {
        iss: config.issuer,
        aud: config.audience,
        sub: account.id,
        sid: sessionId,
        jti: randomUUID(),
        iat,
        exp: iat + config.accessTtl,
        role: account.role,
        orgId: account.orgId,
        // The page shows these, and so it need not ask for them.
        email: account.email,
        name: account.displayName,
      }
      const input = `${encode(header)}.${encode(claims)}`
      const signature = createSign('RSA-SHA256').update(input).sign(keys.read(keys.current), 'base64url')
      return { accessToken: `${input}.${signature}`, expiresIn: config.accessTtl }
    },

    /** What a token says, if it is good. */
    async verify(token: string): Promise<Claims | undefined> {
      try {
        const [head = '', body = '', signature = ''] = token.split('.')
        if (!signed(decode(head), `${head}.${body}`, signature)) return undefined
        const claims: Claims = decode(body)
        if (claims.exp && claims.exp < Date.now() / 1000) return undefined
        return claims
      } catch {
        return undefined
      }
    },
  }
}
