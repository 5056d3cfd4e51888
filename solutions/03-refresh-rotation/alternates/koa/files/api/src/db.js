import pg from 'pg'
import { log, trace } from './log.js'
import { settings } from './settings.js'

const pool = new pg.Pool({
  connectionString: settings.database,
  application_name: 'depot-koa',
  max: 20,
  connectionTimeoutMillis: 9000,
  statement_timeout: 9000,
})
pool.on('error', (error) => log({ level: 'warn', msg: 'connection lost', ...trace(error) }))

/** All rows of one statement. */
export const all = async (sql, values) => (await pool.query(sql, values)).rows

/** Its first row, or undefined. */
export const one = async (sql, values) => (await all(sql, values))[0]

export const closeDb = () => pool.end()

/** Does the work in one transaction. What it throws undoes it: a refusal that is to leave something behind is returned. */
export async function transaction(work) {
  const client = await pool.connect()
  let broken
  try {
    await client.query('BEGIN')
    const result = await work(async (sql, values) => (await client.query(sql, values)).rows[0])
    await client.query('COMMIT')
    return result
  } catch (error) {
    await client.query('ROLLBACK').catch((lost) => {
      broken = lost
    })
    throw error
  } finally {
    client.release(broken)
  }
}
