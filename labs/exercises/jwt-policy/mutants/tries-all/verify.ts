import { decodeProtectedHeader, type JWK, type JWTPayload, jwtVerify } from 'jose'

export interface Policy {
  issuer: string
  audience: string
  type: string
  leeway: number
  algorithms: Record<string, string>
}

const COMPACT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/

export async function verify(token: string, policy: Policy, keys: Map<string, JWK>, now: number): Promise<JWTPayload> {
  // One spelling: jose forgives padding and white space
  if (!COMPACT.test(token)) throw new Error('form')

  // The header asks our own list for a key, and chooses nothing
  const { kid } = decodeProtectedHeader(token)
  const names = typeof kid === 'string' && keys.has(kid) ? [kid] : [...keys.keys()]
  let last: unknown = new Error('kid')
  for (const name of names) {
    try {
      const { payload } = await jwtVerify(token, keys.get(name) as JWK, {
        algorithms: [policy.algorithms[name] ?? ''],
        issuer: policy.issuer,
        audience: policy.audience,
        typ: policy.type,
        clockTolerance: policy.leeway,
        currentDate: new Date(now * 1000),
        requiredClaims: ['exp'],
      })
      return payload
    } catch (error) {
      last = error
    }
  }
  throw last
}
