/** The platform's own cryptography and no library: every comparison stands here. */
interface Policy {
  issuer: string
  audience: string
  type: string
  leeway: number
  algorithms: Record<string, string>
}

type Json = Record<string, unknown>

const PART = /^[A-Za-z0-9_-]+$/

const RSA = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

function refuse(why: string): never {
  throw new Error(why)
}

function bytes(part: string): Uint8Array<ArrayBuffer> {
  const text = atob(part.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0))
}

function read(part: string): Json {
  const value = JSON.parse(new TextDecoder().decode(bytes(part)))
  return Object(value) === value && !Array.isArray(value) ? value : refuse('not an object')
}

/** Is it a number of seconds? */
const isTime = (value: unknown): value is number => Number.isFinite(value)

export async function verify(token: string, policy: Policy, keys: Map<unknown, JsonWebKey>, now: number) {
  const parts = token.split('.')
  if (parts.length !== 3) refuse('form')
  if (!parts.every((part) => PART.test(part))) refuse('form')
  const [head = '', body = '', mark = ''] = parts

  const header = read(head)
  const kind = String(header.typ).replace(/^application\//, '')
  if (kind !== policy.type) refuse('typ')
  if ('crit' in header) refuse('crit')
  if ('jwk' in header || 'x5c' in header) refuse('own key')
  const { kid } = header
  const jwk = keys.get(kid) ?? refuse('kid')
  if (header.alg !== policy.algorithms[kid as string]) refuse('alg')

  const algorithm = jwk.kty === 'RSA' ? RSA : EC
  const key = await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['verify'])
  const signed = new TextEncoder().encode(`${head}.${body}`)
  const good = await crypto.subtle.verify(algorithm, key, bytes(mark), signed)
  if (!good) refuse('signature')

  const claims = read(body)
  const { iss, aud, exp, nbf = now } = claims
  if (iss !== policy.issuer) refuse('iss')
  const audiences = Array.isArray(aud) ? aud : [aud]
  if (!audiences.includes(policy.audience)) refuse('aud')
  if (!isTime(exp) || now >= exp + policy.leeway) refuse('exp')
  if (!isTime(nbf) || now < nbf - policy.leeway) refuse('nbf')
  return claims
}
