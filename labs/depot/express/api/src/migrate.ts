/**
 * Brings the tables up to date: applies the SQL files of the migrations folder that were not applied yet, in the order of
 * their names, each in a transaction of its own. Run once before the API starts.
 */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { readDatabaseUrl, readMigrationsDir } from './config.ts'
import { createLog, errorFields } from './log.ts'

/** Any number will do, as long as every copy of this program takes the same lock. */
const LOCK = 7_231_001

const log = createLog()

async function migrate(client: pg.Client, folder: string): Promise<void> {
  await client.query('SELECT pg_advisory_lock($1)', [LOCK])
  await client.query(
    `CREATE TABLE IF NOT EXISTS schema_migrations (
       name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
  )
  const { rows } = await client.query<{ name: string; sha256: string }>('SELECT name, sha256 FROM schema_migrations')
  const applied = new Map(rows.map((row) => [row.name, row.sha256]))

  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  for (const name of names) {
    const sql = await readFile(join(folder, name), 'utf8')
    const sha256 = createHash('sha256').update(sql).digest('hex')
    const before = applied.get(name)
    if (before === sha256) continue
    if (before !== undefined)
      throw new Error(`${name} was changed after it had been applied; put the change into a new file`)
    await apply(client, name, sql, sha256)
    log.info('migration applied', { name })
  }
}

async function apply(client: pg.Client, name: string, sql: string, sha256: string): Promise<void> {
  await client.query('BEGIN')
  try {
    await client.query(sql)
    await client.query('INSERT INTO schema_migrations (name, sha256) VALUES ($1, $2)', [name, sha256])
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw new Error(`${name} failed: ${error instanceof Error ? error.message : error}`, { cause: error })
  }
}

try {
  const client = new pg.Client({
    connectionString: readDatabaseUrl(process.env),
    application_name: 'depot-migrate',
    connectionTimeoutMillis: 10_000,
  })
  await client.connect()
  try {
    await migrate(client, readMigrationsDir(process.env))
  } finally {
    await client.end()
  }
} catch (error) {
  log.error(error instanceof Error ? error.message : 'migration failed', errorFields(error))
  process.exitCode = 1
}
