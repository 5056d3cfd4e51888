import { createServer } from 'node:http'
import { createApp } from './app.ts'
import { readConfig } from './config.ts'
import { createDb } from './db.ts'
import { answerClientError } from './http/client-error.ts'
import { createLog, errorFields } from './log.ts'

/** How long requests in flight may take once the server was asked to stop. Shorter than Compose's `stop_grace_period`. */
const DRAIN_MS = 10_000

const log = createLog()
process.on('uncaughtException', (error) => {
  log.error(error.message, errorFields(error))
  process.exit(1)
})

const config = readConfig(process.env)
const db = createDb(config.databaseUrl, log)
const health = { draining: false }
const app = await createApp({ config, db, log, health })

const server = createServer(app)
server.on('clientError', answerClientError(log))
server.listen(config.port, config.host, () => {
  log.info('listening', { address: server.address(), commit: config.commit })
})

/** No new work, finish what is in hand, then leave. A second signal changes nothing. */
function stop(signal: string): void {
  if (health.draining) return
  health.draining = true
  log.info('stopping', { signal })
  setInterval(() => server.closeIdleConnections(), 100).unref()
  setTimeout(() => server.closeAllConnections(), DRAIN_MS).unref()
  server.close(async () => {
    await db.end()
    log.info('stopped')
    process.exit(0)
  })
}
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
