import pg from 'pg'
import { createApp } from './app.js'
import { settings } from './settings.js'

const db = new pg.Pool({
  connectionString: settings.database,
  max: 16,
  connectionTimeoutMillis: 8000,
  statement_timeout: 8000,
})
const app = await createApp({ db, settings })
db.on('error', (error) => app.log.warn({ code: error.code }, 'database connection lost'))

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    await app.close()
    await db.end()
  })
}
await app.listen({ host: settings.host, port: settings.port })
