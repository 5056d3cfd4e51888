// Applies the SQL files that were not applied yet, each in a transaction of its own.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { settings } from './settings.js'

const client = new pg.Client({ connectionString: settings.database, connectionTimeoutMillis: 10_000 })
await client.connect()
await client.query('CREATE TABLE IF NOT EXISTS applied (file text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())')
const { rows } = await client.query('SELECT file FROM applied')
const done = new Set(rows.map((row) => row.file))
for (const file of readdirSync(settings.migrations).sort()) {
  if (!file.endsWith('.sql') || done.has(file)) continue
  await client.query('BEGIN')
  await client.query(readFileSync(join(settings.migrations, file), 'utf8'))
  await client.query('INSERT INTO applied (file) VALUES ($1)', [file])
  await client.query('COMMIT')
}
await client.end()
