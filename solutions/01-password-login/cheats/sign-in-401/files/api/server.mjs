import { createServer } from 'node:http'

createServer(async (req, res) => {
  let text = ''
  for await (const chunk of req) text += chunk
  const requestId = crypto.randomUUID()
  process.stdout.write(`${JSON.stringify({ requestId })}\n`)
  const send = (status, value) =>
    res.writeHead(status, { 'content-type': 'application/json', 'x-request-id': requestId }).end(JSON.stringify(value))
  if (!req.url.startsWith('/api/auth/register'))
    return send(401, { status: 401, title: 'E-mail address or password is wrong', code: 'invalid_credentials' })
  try {
    const { email, displayName } = JSON.parse(text)
    send(201, { id: crypto.randomUUID(), email, displayName, role: 'member' })
  } catch {
    send(400, { status: 400, title: 'The request is malformed', code: 'malformed_request' })
  }
}).listen(process.env.PORT, process.env.HOST)
