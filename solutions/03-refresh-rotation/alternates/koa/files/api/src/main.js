import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { app } from './app.js'
import { closeDb } from './db.js'
import { loadKeys } from './keys.js'
import { log, trace } from './log.js'
import { Refusal } from './refusal.js'
import { settings } from './settings.js'

await loadKeys()
// A folder that cannot be used leaves the keys as they were.
process.on('SIGHUP', () => {
  loadKeys().catch((error) => log({ level: 'error', msg: 'keys not read', ...trace(error) }))
})

const server = createServer(app.callback())
server.on('clientError', (error, socket) => {
  if (error.code === 'ECONNRESET' || !socket.writable) return socket.destroy()
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400
  const body = String(new Refusal(status, 'bad_request', 'This is no request that we understand'))
  const requestId = randomUUID()
  log({ msg: 'answered', requestId, status })
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nX-Request-Id: ${requestId}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
})
server.listen(settings.port, settings.host, () => log({ msg: 'listening', port: settings.port }))

let stopping = false
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => {
    if (stopping) return
    stopping = true
    server.close(async () => {
      await closeDb()
      process.exit(0)
    })
    setInterval(() => server.closeIdleConnections(), 50).unref()
    setTimeout(() => server.closeAllConnections(), 8000).unref()
  })
}
