import type { SqlConnection } from '../../stack/types.ts'
import { GraderBug, PreconditionFailed } from '../core/failure.ts'
import type { Row, Sql } from '../core/kit.ts'

/**
 * A read-only view for the checks, over the owner's connection: each query runs in a READ ONLY transaction under a role made for this run
 * that may read everything (`pg_read_all_data`, BYPASSRLS) and write nothing. One query at a time.
 */
export async function openReader(owner: SqlConnection, nonce: string): Promise<Sql & { close(): Promise<void> }> {
  const role = `reader_${nonce}`
  await owner.query(`CREATE ROLE ${role} NOLOGIN BYPASSRLS IN ROLE pg_read_all_data`)
  let queue: Promise<unknown> = Promise.resolve()
  const read = (text: string): Promise<Row[]> => {
    const mine = queue.then(async () => {
      await owner.query(`BEGIN READ ONLY; SET LOCAL ROLE ${role}`)
      try {
        return await owner.query(text)
      } catch (error) {
        throw schemaTrouble(error)
      } finally {
        await owner.query('ROLLBACK')
      }
    })
    queue = mine.catch(() => undefined)
    return mine
  }
  return {
    query: (strings, ...values) =>
      read(strings.reduce((text, part, i) => `${text}${literal(values[i - 1] ?? null)}${part}`)),
    dump: async () => {
      const tables = await read(`SELECT name FROM (${applicationTables}) tables ORDER BY 1`)
      const rows: { table: string; row: string }[] = []
      for (const { name } of tables) {
        // An alias that no column can have by chance: `to_jsonb(t)` would be the column t, where there is one.
        for (const { row } of await read(`SELECT to_jsonb(${role})::text AS row FROM ${String(name)} AS ${role}`))
          rows.push({ table: String(name), row: String(row) })
      }
      return rows
    },
    close: async () => {
      await queue
      await owner.query(`DROP ROLE IF EXISTS ${role}`)
    },
  }
}

/**
 * A table or a column that is not there is the program's doing, whose migrations make them: a failure, not an error of ours. Told by
 * the words, since psql gives no code.
 */
export function schemaTrouble(error: unknown): unknown {
  if (!(error instanceof Error) || !/^(relation|column) .* does not exist/.test(error.message)) return error
  return new PreconditionFailed('', {
    did: 'Read the database',
    expected: 'the tables and columns that the clauses name',
    received: error.message,
  })
}

/** Every table of the application: not the database's own, and no temporary one of another session, which cannot be read. */
export const applicationTables = `
  SELECT format('%I.%I', n.nspname, c.relname) AS name
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't'
    AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_toast%'`

/** A value as an SQL literal. */
export function literal(value: string | number | boolean | null): string {
  if (value === null) return 'NULL'
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'number' && !Number.isFinite(value)) throw new GraderBug('a number for SQL must be finite')
  return String(value)
}

/** PostgreSQL 18, 4.1.2.1 and 4.1.2.2: quotes are doubled; where there is a backslash the constant says that it escapes. */
function quoted(text: string): string {
  const inside = text.replaceAll("'", "''")
  return inside.includes('\\') ? ` E'${inside.replaceAll('\\', '\\\\')}'` : `'${inside}'`
}
