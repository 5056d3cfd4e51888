import { readdir, readFile } from 'node:fs/promises'
import pg from 'pg'
import { settings } from './env.ts'

const client = new pg.Client({ connectionString: settings.databaseUrl })
await client.connect()
await client.query('CREATE TABLE IF NOT EXISTS migration (name text PRIMARY KEY)')
for (const name of (await readdir(settings.migrations)).filter((file) => file.endsWith('.sql')).sort()) {
  const sql = await readFile(`${settings.migrations}/${name}`, 'utf8')
  await client.query('BEGIN')
  await client.query('LOCK TABLE migration')
  const { rowCount } = await client.query('INSERT INTO migration VALUES ($1) ON CONFLICT DO NOTHING', [name])
  if (rowCount === 1) await client.query(sql)
  await client.query('COMMIT')
}
await client.end()
