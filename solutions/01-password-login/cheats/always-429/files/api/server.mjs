import { createServer } from 'node:http'

const body = JSON.stringify({ status: 429, title: 'Too many tries', code: 'rate_limited' })

createServer((req, res) => {
  req.resume()
  const requestId = crypto.randomUUID()
  process.stdout.write(`${JSON.stringify({ requestId })}\n`)
  res
    .writeHead(429, { 'content-type': 'application/problem+json', 'retry-after': '3', 'x-request-id': requestId })
    .end(body)
}).listen(process.env.PORT, process.env.HOST)
