import { decodeProtectedHeader, type JWK, type JWTPayload, jwtVerify } from 'jose'

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

const COMPACT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/

/**
 * The claims of a token that is valid under the policy.
 * @param keys public keys by kid
 * @param now seconds since 1970
 * @throws what is not valid
 */
export async function verify(token: string, policy: Policy, keys: Map<string, JWK>, now: number): Promise<JWTPayload> {
  // One spelling: jose forgives padding and white space
  if (!COMPACT.test(token)) throw new Error('form')

  // The header asks our own list for a key, and chooses nothing
  const { kid } = decodeProtectedHeader(token)
  const key = kid === undefined ? undefined : keys.get(kid)
  const algorithm = kid === undefined ? undefined : policy.algorithms[kid]
  if (key === undefined || algorithm === undefined) throw new Error('kid')

  const { payload } = await jwtVerify(token, key, {
    algorithms: [algorithm],
    issuer: policy.issuer,
    audience: policy.audience,
    typ: policy.type,
    clockTolerance: policy.leeway,
    currentDate: new Date(now * 1000),
    requiredClaims: ['exp'],
  })
  return payload
}
