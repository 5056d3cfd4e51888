import { Duplex } from 'node:stream'
import { MessageChannel } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PostgresServer, servePostgres } from './postgres.ts'
import type { WireMessage } from './wire.ts'

let db: PGlite
let server: PostgresServer
const pools: pg.Pool[] = []

beforeAll(async () => {
  db = await PGlite.create()
  server = servePostgres(db)
}, 60_000)
afterAll(async () => {
  for (const pool of pools) await pool.end()
  await db.close()
})

/** A socket of Node whose other end is the server. */
function dial(): Duplex {
  const { port1, port2 } = new MessageChannel()
  server.accept(port2 as unknown as MessagePort)
  const socket = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      port1.postMessage(new Uint8Array(chunk))
      done()
    },
    final(done) {
      port1.postMessage('end')
      done()
    },
    destroy(error, done) {
      port1.postMessage('close')
      port1.close()
      done(error)
    },
  })
  port1.on('message', (data: WireMessage) => {
    if (typeof data === 'string') socket.push(null)
    else socket.push(Buffer.from(data))
  })
  port1.on('close', () => socket.push(null))
  return Object.assign(socket, {
    connect: () => queueMicrotask(() => socket.emit('connect')),
    setNoDelay: () => socket,
    setKeepAlive: () => socket,
    ref: () => socket,
    unref: () => socket,
  })
}

function pool(max = 5): pg.Pool {
  const made = new pg.Pool({ max, user: 'postgres', database: 'postgres', stream: dial } as unknown as pg.PoolConfig)
  pools.push(made)
  return made
}

test('the real client connects, asks, and reads types as from a real server', async () => {
  const { rows } = await pool().query(
    `SELECT 9007199254740993::int8 AS big, 1.5::numeric AS exact, '\\x00ff'::bytea AS bytes, now() AS at, '{"a":1}'::jsonb AS json, $1::text AS word`,
    ['ü'],
  )
  expect(rows[0]).toMatchObject({ big: '9007199254740993', exact: '1.5', json: { a: 1 }, word: 'ü' })
  expect(rows[0].bytes).toEqual(Buffer.from([0, 255]))
  expect(rows[0].at).toBeInstanceOf(Date)
})

test('an error has its code, and the connection goes on', async () => {
  const p = pool(1)
  await expect(p.query('SELECT * FROM nowhere')).rejects.toMatchObject({ code: '42P01' })
  await expect(p.query('SELECT $1::int AS n', ['x'])).rejects.toMatchObject({ code: '22P02' })
  expect((await p.query('SELECT 1 AS n')).rows).toEqual([{ n: 1 }])
})

test('statements of two connections take turns; a transaction keeps the others out until its end', async () => {
  const p = pool()
  await p.query('CREATE TABLE t (n int)')
  const a = await p.connect()
  const b = await p.connect()
  await a.query('BEGIN')
  await a.query('INSERT INTO t VALUES (1)')
  const order: string[] = []
  const other = b.query('SELECT count(*)::int AS n FROM t').then(({ rows }) => {
    order.push('b')
    return rows[0].n
  })
  await a.query('INSERT INTO t VALUES (2)')
  order.push('a')
  await a.query('COMMIT')
  expect(await other).toBe(2)
  expect(order).toEqual(['a', 'b'])
  a.release()
  b.release()
})

test('a client that goes away in a transaction leaves nothing behind', async () => {
  const p = pool()
  await p.query('CREATE TABLE left_over (n int)')
  const gone = await p.connect()
  await gone.query('BEGIN')
  await gone.query('INSERT INTO left_over VALUES (1)')
  gone.release(true)
  expect((await p.query('SELECT count(*)::int AS n FROM left_over')).rows).toEqual([{ n: 0 }])
})

test('two connections may call their prepared statements the same', async () => {
  const p = pool()
  const [a, b] = [await p.connect(), await p.connect()]
  expect((await a.query({ name: 'one', text: 'SELECT 1 AS n' })).rows).toEqual([{ n: 1 }])
  expect((await b.query({ name: 'one', text: 'SELECT 2 AS n' })).rows).toEqual([{ n: 2 }])
  expect((await a.query({ name: 'one', text: 'SELECT 1 AS n' })).rows).toEqual([{ n: 1 }])
  a.release()
  b.release()
})
