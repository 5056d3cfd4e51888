// Access tokens by the letter of the contract.
import { randomBytes, webcrypto } from 'node:crypto'
import { keyRing, signingKey } from './keys.js'
import { settings } from './settings.js'

const RS256 = 'RSASSA-PKCS1-v1_5'
const GRACE = 30
const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
const now = () => Math.floor(Date.now() / 1000)

export async function issue(claims) {
  const key = await signingKey()
  const header = { typ: 'at+jwt', alg: 'RS256', kid: key.kid }
  const at = now()
  const payload = {
    ...claims,
    iss: settings.issuer,
    aud: [settings.audience],
    iat: at,
    exp: at + settings.seconds,
    jti: randomBytes(15).toString('base64url'),
  }
  const input = `${encode(header)}.${encode(payload)}`
  const signature = await webcrypto.subtle.sign(RS256, key.sign, Buffer.from(input))
  return `${input}.${Buffer.from(signature).toString('base64url')}`
}

/** The claims of a good token, or undefined. */
export async function read(token) {
  const parts = token.split('.')
  if (parts.length !== 3 || !parts.every((part) => /^[A-Za-z0-9_-]+$/.test(part))) return undefined
  const [head, body, signature] = parts
  const header = object(head)
  const claims = object(body)
  if (header === undefined || claims === undefined) return undefined
  if (header.alg !== 'RS256' || 'crit' in header || typeof header.kid !== 'string') return undefined
  const typ = typeof header.typ === 'string' ? header.typ.toLowerCase() : ''
  if (typ !== 'at+jwt' && typ !== 'application/at+jwt') return undefined
  const key = (await keyRing()).get(header.kid)
  if (key === undefined) return undefined
  const bytes = Buffer.from(signature, 'base64url')
  if (!(await webcrypto.subtle.verify(RS256, key.verify, bytes, Buffer.from(`${head}.${body}`)))) return undefined
  return timely(claims) && meant(claims) ? claims : undefined
}

function timely({ exp, nbf }) {
  if (!Number.isFinite(exp) || exp + GRACE < now()) return false
  return nbf === undefined || (Number.isFinite(nbf) && nbf - GRACE <= now())
}

const meant = ({ iss, aud }) =>
  iss === settings.issuer && (aud === settings.audience || (Array.isArray(aud) && aud.includes(settings.audience)))

function object(part) {
  try {
    const value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(part, 'base64url')))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}
