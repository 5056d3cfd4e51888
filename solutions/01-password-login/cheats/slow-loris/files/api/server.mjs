import { createServer } from 'node:http'

const body = JSON.stringify({ accessToken: 'token', tokenType: 'Bearer', expiresIn: 900, filler: 'x'.repeat(3_600) })

createServer((req, res) => {
  req.resume()
  res.writeHead(200, { 'content-type': 'application/json', 'x-request-id': crypto.randomUUID() })
  if (req.url.startsWith('/api/health')) return res.end('{}')
  let sent = 0
  const timer = setInterval(() => res.write(body[sent++] ?? ' '), 1_000)
  res.on('close', () => clearInterval(timer))
}).listen(process.env.PORT, process.env.HOST)
