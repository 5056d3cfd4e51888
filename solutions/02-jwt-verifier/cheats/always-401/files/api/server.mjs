import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
const { JWT_ISSUER: iss, JWT_AUDIENCE: aud, ACCESS_TTL } = process.env

function token() {
  const iat = Math.floor(Date.now() / 1000)
  const claims = {
    iss,
    aud,
    sub: '1',
    sid: '1',
    jti: randomUUID(),
    iat,
    exp: iat + Number(ACCESS_TTL),
    role: 'member',
    orgId: '1',
  }
  return `${part({ alg: 'RS256', typ: 'at+jwt', kid: '1' })}.${part(claims)}.${part({})}`
}

createServer((req, res) => {
  req.resume()
  const send = (status, body, headers = {}) =>
    res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
  if (req.url === '/api/auth/register') send(201, { id: '1', email: '', displayName: '', role: 'member' })
  else if (req.url === '/api/auth/login')
    send(200, { accessToken: token(), tokenType: 'Bearer', expiresIn: Number(ACCESS_TTL) })
  else if (req.url.startsWith('/api/health')) send(200, {})
  else
    send(
      401,
      { status: 401, title: 'The access token is not valid', code: 'token_invalid' },
      req.headers.authorization === undefined ? {} : { 'www-authenticate': 'Bearer error="invalid_token"' },
    )
}).listen(process.env.PORT, process.env.HOST)
