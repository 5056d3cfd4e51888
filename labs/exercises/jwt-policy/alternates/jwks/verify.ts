/** A key set that is searched by jose; the signature first, then the claims by hand. */
import { compactVerify, createLocalJWKSet, type FlattenedJWSInput, type JWK, type JWSHeaderParameters } from 'jose'

interface Policy {
  issuer: string
  audience: string
  type: string
  leeway: number
  algorithms: Record<string, string>
}

export const verify = async (token: string, policy: Policy, keys: Map<string, JWK>, now: number) => {
  const ours = createLocalJWKSet({ keys: [...keys.values()] })
  const named = (header?: JWSHeaderParameters, jws?: FlattenedJWSInput) => {
    if (typeof header?.kid !== 'string' || !keys.has(header.kid)) throw new Error('unknown key')
    if (header.alg !== policy.algorithms[header.kid]) throw new Error('another algorithm')
    return ours(header, jws)
  }
  const { payload, protectedHeader } = await compactVerify(token, named)
  // What jose forgave, it would write otherwise
  if (!/^([\w-]+\.){2}[\w-]+$/.test(token) || token !== token.trim()) throw new Error('another spelling')

  const types = [policy.type, `application/${policy.type}`]
  if (!types.includes(protectedHeader.typ ?? '')) throw new Error('another type')

  const claims = JSON.parse(new TextDecoder().decode(payload))
  const between = (from: number, to: number) => from <= now && now < to
  if (typeof claims.exp !== 'number') throw new Error('no end')
  if (!between((claims.nbf ?? 0) - policy.leeway, claims.exp + policy.leeway)) throw new Error('not now')
  if (claims.iss !== policy.issuer) throw new Error('another issuer')
  if (claims.aud !== policy.audience && !(Array.isArray(claims.aud) && claims.aud.includes(policy.audience)))
    throw new Error('another audience')
  return claims
}
