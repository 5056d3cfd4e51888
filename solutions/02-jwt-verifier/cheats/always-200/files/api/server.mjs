import { createServer } from 'node:http'

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
const iat = Math.floor(Date.now() / 1000)
const claims = {
  iss: process.env.JWT_ISSUER,
  aud: process.env.JWT_AUDIENCE,
  sub: '1',
  sid: '1',
  jti: '1',
  iat,
  exp: iat + 60,
}
const body = JSON.stringify({
  id: '1',
  email: 'someone@example.org',
  displayName: 'Someone',
  role: 'member',
  orgId: '1',
  accessToken: `${part({ alg: 'RS256', typ: 'at+jwt', kid: '1' })}.${part({ ...claims, role: 'member', orgId: '1' })}.${part({})}`,
  tokenType: 'Bearer',
  expiresIn: 60,
  keys: [],
})

createServer((req, res) => {
  req.resume()
  res.writeHead(req.url === '/api/auth/register' ? 201 : 200, { 'content-type': 'application/json' }).end(body)
}).listen(process.env.PORT, process.env.HOST)
