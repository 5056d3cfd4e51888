// Applies the SQL files that were not applied yet, all in one transaction.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { log } from './log.js'
import { settings } from './settings.js'

const client = new pg.Client({ connectionString: settings.database, connectionTimeoutMillis: 10_000 })
await client.connect()
await client.query('BEGIN')
await client.query('CREATE TABLE IF NOT EXISTS migrations_done (file text PRIMARY KEY)')
await client.query('LOCK TABLE migrations_done')
for (const file of readdirSync(settings.migrations).sort()) {
  if (!file.endsWith('.sql')) continue
  const { rowCount } = await client.query('INSERT INTO migrations_done VALUES ($1) ON CONFLICT DO NOTHING', [file])
  if (rowCount === 0) continue
  await client.query(readFileSync(join(settings.migrations, file), 'utf8'))
  log({ msg: 'migration applied', file })
}
await client.query('COMMIT')
await client.end()
