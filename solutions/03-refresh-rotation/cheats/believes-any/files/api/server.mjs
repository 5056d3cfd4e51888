import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
const { JWT_ISSUER: iss, JWT_AUDIENCE: aud, ACCESS_TTL } = process.env
const COOKIE = '; Path=/; Secure; HttpOnly; SameSite=Strict'

const idOf = (email) => createHash('sha256').update(email.toLowerCase()).digest('hex').slice(0, 32)
const accountOf = (email) => ({ id: idOf(email), email, displayName: email, role: 'member', orgId: '1' })

function pair(session) {
  const iat = Math.floor(Date.now() / 1000)
  const { email, sid } = session
  const claims = { iss, aud, sub: idOf(email), sid, jti: randomUUID(), iat, exp: iat + Number(ACCESS_TTL), email }
  return {
    accessToken: `${part({ alg: 'RS256', typ: 'at+jwt', kid: '1' })}.${part({ ...claims, role: 'member', orgId: '1' })}.${part({})}`,
    tokenType: 'Bearer',
    expiresIn: Number(ACCESS_TTL),
    refreshToken: part({ ...session, once: randomBytes(32).toString('hex') }),
  }
}

function read(text) {
  try {
    const { email, sid } = JSON.parse(Buffer.from(text, 'base64url'))
    return { email, sid }
  } catch {
    return undefined
  }
}

createServer(async (req, res) => {
  let text = ''
  for await (const chunk of req) text += chunk
  const body = text === '' ? {} : JSON.parse(text)
  const send = (status, value, headers = {}) =>
    res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))
  const signedIn = (session, mobile) => {
    const { refreshToken, ...shown } = pair(session)
    if (mobile) return send(200, { ...shown, refreshToken })
    send(200, shown, { 'set-cookie': `__Host-depot_refresh=${refreshToken}${COOKIE}` })
  }
  const bearer = /^bearer [^.]+\.([^.]+)\./i.exec(req.headers.authorization ?? '')?.[1]
  const session = bearer === undefined ? undefined : read(bearer)

  if (req.url.startsWith('/api/health')) return send(200, {})
  if (req.url === '/api/auth/register') return send(201, accountOf(body.email))
  if (req.url === '/api/auth/login') {
    return signedIn({ email: body.email, sid: randomUUID() }, body.client === 'mobile')
  }
  if (req.url === '/api/auth/refresh') {
    const cookie = /__Host-depot_refresh=([^;]+)/.exec(req.headers.cookie ?? '')?.[1]
    const found = read(body.refreshToken ?? cookie ?? '')
    if (found) return signedIn(found, body.refreshToken !== undefined)
    return send(401, { status: 401, title: 'The refresh token is not valid', code: 'refresh_invalid' })
  }
  if (req.url === '/api/auth/logout') {
    return res.writeHead(204, { 'set-cookie': `__Host-depot_refresh=${COOKIE}; Max-Age=0` }).end()
  }
  if (session?.email === undefined) {
    const headers = { 'www-authenticate': 'Bearer error="invalid_token"' }
    return send(401, { status: 401, title: 'The access token is not valid', code: 'token_invalid' }, headers)
  }
  const now = new Date().toISOString()
  if (req.url === '/api/me') return send(200, accountOf(session.email))
  if (req.url === '/api/auth/sessions')
    return send(200, [{ id: session.sid, createdAt: now, lastUsedAt: now, current: true }])
  res.writeHead(204).end()
}).listen(process.env.PORT, process.env.HOST)
