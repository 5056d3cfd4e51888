import pg from 'pg'
import { errorFields, type Log } from './log.ts'

export type Db = pg.Pool

/** A pool of connections. Every wait in it has an end, so a database that stands still cannot hold requests for ever. */
export function createDb(connectionString: string, log: Log): Db {
  const db = new pg.Pool({
    connectionString,
    application_name: 'depot-api',
    max: 20,
    connectionTimeoutMillis: 10_000,
    statement_timeout: 10_000,
    query_timeout: 12_000,
  })
  // A connection that breaks while nobody uses it. Without a listener this would end the process.
  db.on('error', (error) => log.warn('idle database connection lost', errorFields(error)))
  return db
}
