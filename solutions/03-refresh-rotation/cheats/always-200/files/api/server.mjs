import { randomBytes, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
const { JWT_ISSUER: iss, JWT_AUDIENCE: aud, ACCESS_TTL } = process.env

function body(path) {
  const iat = Math.floor(Date.now() / 1000)
  const claims = { iss, aud, sub: '1', sid: '1', jti: randomUUID(), iat, exp: iat + Number(ACCESS_TTL) }
  const now = new Date().toISOString()
  if (path === '/api/auth/sessions') return [{ id: '1', createdAt: now, lastUsedAt: now, current: true }]
  return {
    id: '1',
    email: 'someone@example.org',
    displayName: 'Someone',
    role: 'member',
    orgId: '1',
    accessToken: `${part({ alg: 'RS256', typ: 'at+jwt', kid: '1' })}.${part({ ...claims, role: 'member', orgId: '1' })}.${part({})}`,
    refreshToken: randomBytes(32).toString('base64url'),
    tokenType: 'Bearer',
    expiresIn: Number(ACCESS_TTL),
    keys: [],
  }
}

const empty = /^\/api\/auth\/(logout|logout-all|password|sessions\/.*)$/

createServer((req, res) => {
  req.resume()
  const cookie = `__Host-depot_refresh=${randomBytes(32).toString('base64url')}; Path=/; Secure; HttpOnly; SameSite=Strict`
  const headers = { 'content-type': 'application/json', 'set-cookie': cookie }
  if (empty.test(req.url)) res.writeHead(204, { 'set-cookie': cookie }).end()
  else res.writeHead(req.url === '/api/auth/register' ? 201 : 200, headers).end(JSON.stringify(body(req.url)))
}).listen(process.env.PORT, process.env.HOST)
