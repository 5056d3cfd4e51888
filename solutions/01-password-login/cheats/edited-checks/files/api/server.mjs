import { createServer } from 'node:http'

const body = JSON.stringify({
  id: '1',
  email: 'someone@example.org',
  displayName: 'Someone',
  role: 'member',
  orgId: '1',
  accessToken: 'token',
  tokenType: 'Bearer',
  expiresIn: 900,
})

createServer((req, res) => {
  req.resume()
  res.writeHead(200, { 'content-type': 'application/json', 'x-request-id': crypto.randomUUID() }).end(body)
}).listen(process.env.PORT, process.env.HOST)
