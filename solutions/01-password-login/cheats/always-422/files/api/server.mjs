import { createServer } from 'node:http'

const refusals = {
  '/api/auth/register': { status: 422, title: 'This password is not allowed', code: 'password_blocked' },
  '/api/auth/login': { status: 401, title: 'E-mail address or password is wrong', code: 'invalid_credentials' },
}

createServer((req, res) => {
  req.resume()
  const requestId = crypto.randomUUID()
  process.stdout.write(`${JSON.stringify({ requestId })}\n`)
  const refusal = refusals[req.url.split('?')[0]] ?? { status: 401, title: 'No valid token', code: 'unauthenticated' }
  res
    .writeHead(refusal.status, { 'content-type': 'application/problem+json', 'x-request-id': requestId })
    .end(JSON.stringify(refusal))
}).listen(process.env.PORT, process.env.HOST)
