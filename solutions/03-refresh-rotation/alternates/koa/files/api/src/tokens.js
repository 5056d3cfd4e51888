// Two kinds of signed tokens. Their type keeps them apart: neither is taken for the other.
import { randomUUID } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'
import { keyOf, signingKey } from './keys.js'
import { settings } from './settings.js'

const ACCESS = 'at+jwt'
const REFRESH = 'rt+jwt'
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/
const NUMBER = /^[1-9]\d{0,8}$/

function sign(claims, typ) {
  const { kid, secret } = signingKey()
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', typ, kid }).sign(secret)
}

/** The claims of a token that keeps all rules of its type, or undefined. */
async function verify(token, typ, rules) {
  if (token.length > 4096 || !JWT.test(token)) return undefined
  const keyFor = ({ kid }) => {
    const key = typeof kid === 'string' ? keyOf(kid) : undefined
    if (key === undefined) throw new Error('unknown kid')
    return key.open
  }
  try {
    const options = { algorithms: ['RS256'], issuer: settings.issuer, typ, clockTolerance: 10, ...rules }
    return (await jwtVerify(token, keyFor, options)).payload
  } catch {
    return undefined
  }
}

/** An access token for a session and its account. */
export async function issueAccess(session) {
  const iat = Math.floor(Date.now() / 1000)
  const claims = {
    iss: settings.issuer,
    aud: settings.audience,
    sub: session.user_id,
    sid: String(session.id),
    jti: randomUUID(),
    iat,
    exp: iat + settings.access,
    role: session.role,
    orgId: session.org_id,
  }
  return { accessToken: await sign(claims, ACCESS), tokenType: 'Bearer', expiresIn: settings.access }
}

/** `{sid, sub}` of a good access token: a number and a UUID. */
export async function readAccess(token) {
  const { sid, sub } = (await verify(token, ACCESS, { audience: settings.audience, requiredClaims: ['exp'] })) ?? {}
  return NUMBER.test(sid) && UUID.test(sub) ? { sid: Number(sid), sub } : undefined
}

/**
 * The refresh token of one generation of a session. There is no time in it and the signature has no chance in it, so that the same key makes the
 * same token again.
 */
export const issueRefresh = (sid, generation, tokenId) =>
  sign({ iss: settings.issuer, jti: tokenId, sid: String(sid), gen: generation }, REFRESH)

/** `{sid, generation, tokenId}` of a refresh token that we signed. What it is still worth, its session's row says. */
export async function readRefresh(token) {
  const { sid, gen, jti } = (await verify(token, REFRESH, { requiredClaims: ['jti'] })) ?? {}
  if (!NUMBER.test(sid) || !Number.isSafeInteger(gen)) return undefined
  return { sid: Number(sid), generation: gen, tokenId: jti }
}
