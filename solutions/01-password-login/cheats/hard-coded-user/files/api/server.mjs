import { createServer } from 'node:http'

const user = { email: 'ada@example.org', password: 'correct horse battery staple', displayName: 'Ada Lovelace' }
const token = 'YWRhQGV4YW1wbGUub3Jn'
const problem = (status, code) => [status, { status, title: 'Refused', code }]

function answer(url, authorization, { email, password, displayName }) {
  if (url === '/api/auth/register')
    return email === user.email
      ? problem(409, 'email_taken')
      : [201, { id: crypto.randomUUID(), email, displayName, role: 'member' }]
  if (url === '/api/auth/login')
    return email === user.email && password === user.password
      ? [200, { accessToken: token, tokenType: 'Bearer', expiresIn: 900 }]
      : problem(401, 'invalid_credentials')
  if (url === '/api/me')
    return authorization === `Bearer ${token}`
      ? [200, { id: '1', email: user.email, displayName: user.displayName, role: 'member', orgId: '1' }]
      : problem(401, 'unauthenticated')
  return [200, { status: 'ready' }]
}

createServer(async (req, res) => {
  let text = ''
  for await (const chunk of req) text += chunk
  let body = {}
  try {
    body = JSON.parse(text) ?? {}
  } catch {}
  const requestId = crypto.randomUUID()
  process.stdout.write(`${JSON.stringify({ requestId })}\n`)
  const [status, value] = answer(req.url.split('?')[0], req.headers.authorization, body)
  res.writeHead(status, { 'content-type': 'application/json', 'x-request-id': requestId }).end(JSON.stringify(value))
}).listen(process.env.PORT, process.env.HOST)
