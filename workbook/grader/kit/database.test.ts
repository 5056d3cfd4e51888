/** `sql` and `gate` on a real PostgreSQL. */
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { selfId } from '../../stack/child.ts'
import { placesOf } from '../../stack/files.ts'
import { type PostgresServer, startPostgres } from '../../stack/postgres/server.ts'
import { forgetStack, saveStack } from '../../stack/registry.ts'
import type { SqlConnection } from '../../stack/types.ts'
import { GraderBug } from '../core/failure.ts'
import type { Gate, Sql } from '../core/kit.ts'
import { createGate, hold } from './gate.ts'
import { literal, openReader } from './sql.ts'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..', '..')
const places = placesOf(root)
const name = `unit-${process.pid.toString(36)}`
let server: PostgresServer
let owner: SqlConnection
let serial = 0
const open: SqlConnection[] = []
const connect = async () => {
  const connection = await server.connect('unit')
  open.push(connection)
  return connection
}

beforeAll(async () => {
  server = await startPostgres(places, name, false, () => {})
  // On record, so that the next command ends what an interrupted test run leaves.
  await saveStack(places, {
    name,
    lab: 'unit tests',
    transport: 'process',
    dir: root,
    runs: root,
    origin: '',
    env: {},
    digest: '',
    postgres: server.state,
    owner: await selfId(),
  })
  await server.create('unit')
  owner = await server.connect('unit')
}, 120_000)
afterAll(async () => {
  // The server first: it disconnects whoever still waits for something.
  await server?.stop(true)
  await forgetStack(places, name)
  await Promise.all([...open, owner].map((connection) => connection?.close()))
})
beforeEach(async () => {
  await owner.query(
    `DROP SCHEMA IF EXISTS public CASCADE; DROP SCHEMA IF EXISTS "Odd schema" CASCADE; CREATE SCHEMA public;
     CREATE TABLE users (id int PRIMARY KEY, email text, secret text); INSERT INTO users VALUES (1, 'a@b.example', 'canary-1')`,
  )
})

describe('the reader', () => {
  const opened: { close(): Promise<void> }[] = []
  const role = () => `reader_unit${serial - 1}`
  let sql: Sql & { close(): Promise<void> }
  beforeEach(async () => {
    for (const one of opened.splice(0)) await one.close()
    sql = await openReader(await connect(), `unit${serial++}`)
    opened.push(sql)
  })

  test('reads rows, values in their places', async () => {
    expect(await sql.query`SELECT id, email FROM users WHERE id = ${1} AND secret = ${'canary-1'}`).toEqual([
      { id: 1, email: 'a@b.example' },
    ])
    expect(await sql.query`SELECT ${null} IS NULL AS a, ${true} AS b, ${-1.5}::float8 AS c`).toEqual([
      { a: true, b: true, c: -1.5 },
    ])
  })
  test.each([
    `it's`,
    `'; DELETE FROM users; --`,
    `\\'; DROP TABLE users; --`,
    'back\\slash \\\\ \\n',
    `$$ $tag$ "double" $1 \${x}`,
    'line\nbreak\ttab',
    'Zażółć 猫 😀',
    '',
    "E'\\x41'",
  ])('a hostile text stays a text: %j', async (text) => {
    expect(await sql.query`SELECT ${text} AS t`).toEqual([{ t: text }])
    expect(await sql.query`SELECT count(*)::int AS n FROM users`).toEqual([{ n: 1 }])
  })
  test('a number that is none is the grader’s mistake', () => {
    for (const n of [Number.NaN, Number.POSITIVE_INFINITY]) expect(() => literal(n)).toThrow(GraderBug)
  })
  test.each([
    `INSERT INTO users VALUES (2)`,
    `UPDATE users SET email = 'x'`,
    `DELETE FROM users`,
    `TRUNCATE users`,
    `DROP TABLE users`,
    `CREATE TABLE more (id int)`,
    `SELECT lo_create(0)`,
    `WITH gone AS (DELETE FROM users RETURNING 1) SELECT * FROM gone`,
  ])('cannot write: %s', async (statement) => {
    const raw = Object.assign([statement], { raw: [statement] })
    await expect(sql.query(raw)).rejects.toThrow(/read-only|permission denied|must be owner/)
    expect(await owner.query('SELECT id, email FROM users')).toEqual([{ id: 1, email: 'a@b.example' }])
  })
  test('reads under a role of its own that may not write, whatever the transaction', async () => {
    expect(
      await sql.query`SELECT current_user::text AS name, pg_has_role('pg_write_all_data', 'member') AS writes`,
    ).toEqual([{ name: role(), writes: false }])
  })
  test('a failed query leaves it usable', async () => {
    await expect(sql.query`SELECT * FROM nowhere`).rejects.toThrow('nowhere')
    expect(await sql.query`SELECT 1 AS one`).toEqual([{ one: 1 }])
  })
  test('queries at the same moment do not mix', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => sql.query`SELECT ${i} AS n`))
    expect(answers.map(([row]) => Number(row?.n))).toEqual(Array.from({ length: 20 }, (_, i) => i))
  })
  test('sees each time what is there now', async () => {
    await sql.query`SELECT 1`
    await owner.query(`INSERT INTO users VALUES (2)`)
    expect(await sql.query`SELECT count(*)::int AS n FROM users`).toEqual([{ n: 2 }])
  })
  test('reads behind row security and in other schemas', async () => {
    await owner.query(
      `ALTER TABLE users ENABLE ROW LEVEL SECURITY; ALTER TABLE users FORCE ROW LEVEL SECURITY;
       CREATE SCHEMA "Odd schema"; CREATE TABLE "Odd schema"."Odd ""table" (v text); INSERT INTO "Odd schema"."Odd ""table" VALUES ('canary-2')`,
    )
    const rows = await sql.dump()
    expect(rows.some((r) => r.row.includes('canary-1'))).toBe(true)
    expect(rows.find((r) => r.row.includes('canary-2'))?.table).toBe('"Odd schema"."Odd ""table"')
  })
  test('a dump holds every row of every table with its table, and none of the database’s own', async () => {
    await owner.query(`CREATE TABLE "Empty" (id int); CREATE TABLE log (entry jsonb, raw bytea);
      INSERT INTO log VALUES ('{"password": "canary-3"}', 'canary-4'), (NULL, NULL)`)
    const rows = await sql.dump()
    expect(rows.map((r) => r.table).sort()).toEqual(['public.log', 'public.log', 'public.users'])
    expect(rows.find((r) => r.table === 'public.users')?.row).toBe(
      '{"id": 1, "email": "a@b.example", "secret": "canary-1"}',
    )
    const text = rows.map((r) => r.row).join('\n')
    expect(text).toContain('canary-3')
    expect(text).toContain(Buffer.from('canary-4').toString('hex'))
  })
  test('a dump holds the whole row also of a table with a column t', async () => {
    await owner.query(`CREATE TABLE odd (t int, secret text); INSERT INTO odd VALUES (1, 'canary-5')`)
    expect((await sql.dump()).some((r) => r.row.includes('canary-5'))).toBe(true)
  })
  test('a dump passes over the temporary tables of the server’s connections', async () => {
    const app = await connect()
    // More than its buffers hold, so that a part of it lies on disk, where others meet it.
    await app.query('SET temp_buffers = 100')
    await app.query('CREATE TEMP TABLE scratch AS SELECT n, md5(n::text) AS text FROM generate_series(1, 30000) AS n')
    expect([...new Set((await sql.dump()).map((r) => r.table))]).toEqual(['public.users'])
    await app.query('DROP TABLE scratch')
  })
  test('its role is gone after it was closed', async () => {
    const other = await openReader(await connect(), 'unitgone')
    await other.query`SELECT 1`
    expect(await owner.query(`SELECT 1 AS n FROM pg_roles WHERE rolname = 'reader_unitgone'`)).toHaveLength(1)
    await other.close()
    expect(await owner.query(`SELECT 1 AS n FROM pg_roles WHERE rolname = 'reader_unitgone'`)).toHaveLength(0)
  })
})

describe('the gate', () => {
  let gate: Pick<Gate, 'hold'>
  let writers: SqlConnection[]
  beforeAll(async () => {
    const tables = createGate(await connect(), await connect())
    gate = { hold: (act, { second } = {}) => hold(tables, act, second) }
    writers = await Promise.all(Array.from({ length: 5 }, connect))
  })
  const inserts = (done: number[]) =>
    Promise.all(
      writers.map(async (w, i) => {
        await w.query(`INSERT INTO users VALUES (${100 + i})`)
        done.push(i)
      }),
    )
  const isOpen = async () => {
    await owner.query(`SET lock_timeout = '300ms'`)
    await owner.query('UPDATE users SET email = email')
    await owner.query('RESET lock_timeout')
  }

  test('waits for nobody where every request has its answer', async () => {
    const started = performance.now()
    const { waiters } = await gate.hold(() => [Promise.resolve(1), Promise.reject(new Error('lost')).catch(() => 2)], {
      second: () => Promise.resolve(3),
    })
    expect(waiters).toBe(0)
    // Two waves of a second each, if it did wait.
    expect(performance.now() - started).toBeLessThan(900)
  })
  test('holds writers, counts them, lets readers pass, and then lets all through', async () => {
    const done: number[] = []
    let whileHeld: { done: number; rows: unknown } | undefined
    const started = performance.now()
    const { value, waiters } = await gate.hold(() => {
      const all = inserts(done)
      void sleep(30).then(async () => {
        whileHeld = { done: done.length, rows: (await owner.query('SELECT count(*)::int AS n FROM users'))[0]?.n }
      })
      return all
    })
    expect(performance.now() - started).toBeLessThan(1_500)
    expect(waiters).toBe(5)
    expect(whileHeld).toEqual({ done: 0, rows: 1 })
    await value
    expect(done).toHaveLength(5)
    expect(await owner.query('SELECT count(*)::int AS n FROM users')).toEqual([{ n: 6 }])
  })
  test('lets a second wave come when the first stands still, and counts both', async () => {
    const [a, b, c, d] = writers as [SqlConnection, SqlConnection, SqlConnection, SqlConnection]
    const write = (w: SqlConnection) => w.query('UPDATE users SET email = email')
    let rowsAtSecond: unknown
    const { value, second, waiters } = await gate.hold(() => Promise.all([write(a), write(b)]), {
      second: () => {
        rowsAtSecond = owner.query('SELECT count(*)::int AS n FROM users')
        return Promise.all([write(c), write(d)])
      },
    })
    expect(waiters).toBe(4)
    expect(await rowsAtSecond).toHaveLength(1)
    await Promise.all([value, second])
    await isOpen()
  })
  test('opens also when the act throws', async () => {
    await expect(
      gate.hold(() => {
        throw new Error('the act failed')
      }),
    ).rejects.toThrow('the act failed')
    await isOpen()
  })
  test('counts nobody who waits for somebody else, gives back what the act gave, and opens after a second', async () => {
    const [holder, waiter] = writers as [SqlConnection, SqlConnection]
    await holder.query('BEGIN; SELECT pg_advisory_xact_lock(1)')
    const waiting = waiter.query('SELECT pg_advisory_xact_lock(1)')
    const started = performance.now()
    expect(await gate.hold(() => 'value')).toEqual({ value: 'value', waiters: 0 })
    expect(performance.now() - started).toBeLessThan(2_000)
    await isOpen()
    await holder.query('ROLLBACK')
    await waiting
  })
})
