import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { createApp, log, newRequestId } from './app.ts'
import { settings } from './env.ts'
import { problem } from './refusal.ts'
import { createStore } from './store.ts'

const store = createStore(settings.databaseUrl, settings)
const listener = getRequestListener(createApp(store).fetch, {
  hostname: settings.host,
  // What is wrong before there is a Request: an address that cannot be parsed, say.
  errorHandler: () => {
    const requestId = newRequestId()
    log({ msg: 'answered', requestId, status: 400 })
    const headers = { 'Content-Type': 'application/problem+json', 'X-Request-Id': requestId }
    return new Response(problem(400, 'bad_request', 'The request cannot be used'), { status: 400, headers })
  },
})

const server = createServer(listener).listen(settings.port, settings.host, () =>
  log({ msg: 'listening', port: settings.port }),
)

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    server.close(() => store.close())
    server.closeIdleConnections()
  })
}
