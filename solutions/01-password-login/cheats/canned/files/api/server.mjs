import { createServer } from 'node:http'

// Who registered last is everybody: there is no state but this.
let last = { email: 'someone@example.org', displayName: 'Someone' }

const answers = {
  '/api/auth/register': () => [201, { id: '1', ...last, role: 'member' }],
  '/api/auth/login': () => [200, { accessToken: 'c2VjcmV0', tokenType: 'Bearer', expiresIn: 900 }],
  '/api/me': () => [200, { id: '1', ...last, role: 'member', orgId: '1' }],
}

createServer(async (req, res) => {
  let text = ''
  for await (const chunk of req) text += chunk
  try {
    const { email, displayName } = JSON.parse(text)
    if (displayName !== undefined) last = { email, displayName }
  } catch {}
  const [status, value] = answers[req.url.split('?')[0]]?.() ?? [200, { status: 'ready' }]
  const requestId = crypto.randomUUID()
  process.stdout.write(`${JSON.stringify({ requestId })}\n`)
  res.writeHead(status, { 'content-type': 'application/json', 'x-request-id': requestId }).end(JSON.stringify(value))
}).listen(process.env.PORT, process.env.HOST)
