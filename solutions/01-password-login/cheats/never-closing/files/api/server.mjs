import { createServer } from 'node:http'

const kept = new Set()

const server = createServer({ requestTimeout: 0, headersTimeout: 0 }, (req, res) => {
  if (req.url.startsWith('/api/health')) return res.end('{}')
  kept.add(res)
})
server.keepAliveTimeout = 0
server.on('connection', (socket) => {
  socket.allowHalfOpen = true
  socket.on('error', () => {})
})
server.listen(process.env.PORT, process.env.HOST)
process.on('SIGTERM', () => {})
