import { createServer } from 'node:http'

const body = JSON.stringify({ status: 401, title: 'E-mail address or password is wrong', code: 'invalid_credentials' })

createServer((req, res) => {
  req.resume()
  const requestId = crypto.randomUUID()
  process.stdout.write(`${JSON.stringify({ requestId })}\n`)
  res.writeHead(401, { 'content-type': 'application/problem+json', 'x-request-id': requestId }).end(body)
}).listen(process.env.PORT, process.env.HOST)
