import * as node from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { PGlite } from '@electric-sql/pglite'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { bundle, run } from './fixtures/bundle.ts'
import { compare } from './fixtures/same.ts'
import * as page from './net.ts'

const ADDRESSES = [
  '127.0.0.1',
  '0.0.0.0',
  '256.1.1.1',
  '1.2.3',
  '01.2.3.4',
  '1.2.3.4.',
  '',
  '::',
  '::1',
  '1::2::3',
  'fe80::1%eth0',
  'fe80::1%',
  '1:2:3:4:5:6:7:8',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4:5:6:7::',
  '::ffff:1.2.3.4',
  '::ffff:1.2.3.400',
  '1:2:3:4:5:6:1.2.3.4',
  ':1:2',
  '12345::',
  'localhost',
  null,
  undefined,
  5,
]
const each = ADDRESSES.map((one) => [one])
compare(
  page,
  node,
  { isIP: each, isIPv4: each, isIPv6: each },
  ['Socket', 'Stream', 'connect', 'createConnection'],
  ['setDialer'],
)

/** The far end of a connection, as the runtime has it. */
type Far = { port: MessagePort; got: unknown[] }

function listen(answer: (far: Far, data: unknown) => void = () => {}): Far[] {
  const fars: Far[] = []
  page.setDialer((port) => {
    if (port !== 7) return undefined
    const { port1, port2 } = new MessageChannel()
    const far: Far = { port: port2, got: [] }
    port2.onmessage = ({ data }) => {
      far.got.push(data)
      answer(far, data)
    }
    fars.push(far)
    opened.push(port2)
    return port1 as unknown as MessagePort
  })
  return fars
}
const opened: MessagePort[] = []
afterEach(() => {
  for (const port of opened.splice(0)) port.close()
})

/** Notes what a socket tells, in order. */
function noted(socket: page.Socket | node.Socket): unknown[] {
  const notes: unknown[] = []
  for (const name of ['connect', 'ready', 'end', 'finish', 'timeout'])
    (socket as node.Socket).on(name, () => notes.push(name))
  ;(socket as node.Socket).on('data', (data: Buffer) => notes.push(`data ${data}`))
  ;(socket as node.Socket).on('error', (error: NodeJS.ErrnoException) => {
    const { code, errno, syscall, message } = error
    notes.push({ code, errno, syscall, message })
  })
  ;(socket as node.Socket).on('close', (broken: boolean) => notes.push(`close ${broken}`))
  return notes
}

/** A server of Node that does the same as the far end of a test. */
async function real(handle: (socket: node.Socket) => void): Promise<{ port: number; close: () => void }> {
  const server = node.createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {})
    handle(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as node.AddressInfo).port, close: () => server.close() }
}

describe('a socket tells the same as one of Node', () => {
  test('an echo, ended from here', async () => {
    const fars = listen((far, data) => far.port.postMessage(data))
    const there = await real((socket) => socket.pipe(socket))
    const [ours, theirs] = [page.connect(7, '127.0.0.1'), node.connect(there.port, '127.0.0.1')]
    const notes = [noted(ours), noted(theirs)]
    for (const socket of [ours, theirs] as node.Socket[]) {
      expect([socket.connecting, socket.pending, socket.readyState]).toEqual([true, true, 'opening'])
      socket.write('before it is open')
    }
    await expect.poll(() => [ours.bytesRead, theirs.bytesRead]).toEqual([17, 17])
    for (const socket of [ours, theirs] as node.Socket[]) {
      expect([socket.connecting, socket.pending, socket.readyState]).toEqual([false, false, 'open'])
      expect([socket.remoteAddress, socket.remoteFamily, socket.bytesWritten, socket.bytesRead]).toEqual([
        '127.0.0.1',
        'IPv4',
        17,
        17,
      ])
      expect(socket.setNoDelay(true).setKeepAlive(true, 5).ref().unref()).toBe(socket)
      socket.end('last')
    }
    await expect.poll(() => notes.map((each) => each.at(-1))).toEqual(['close false', 'close false'])
    expect(notes[0]).toEqual(notes[1])
    expect(fars[0]?.got.map(String)).toEqual([
      String(Buffer.from('before it is open').join()),
      String(Buffer.from('last').join()),
      'end',
    ])
    there.close()
  })

  test('ended from there', async () => {
    listen((far) => far.port.postMessage('end'))
    const there = await real((socket) => socket.once('data', () => socket.end()))
    const [ours, theirs] = [
      page.createConnection({ port: 7, host: '127.0.0.1' }),
      node.createConnection({ port: there.port, host: '127.0.0.1' }),
    ]
    const notes = [noted(ours), noted(theirs)]
    for (const socket of [ours, theirs] as node.Socket[]) socket.write('x')
    await sleep(150)
    expect(notes[0]).toEqual(notes[1])
    there.close()
  })

  test('broken off from there', async () => {
    listen((far) => far.port.postMessage('close'))
    const there = await real((socket) => socket.once('data', () => socket.resetAndDestroy()))
    const [ours, theirs] = [
      page.connect({ port: 7, host: '127.0.0.1' }),
      node.connect({ port: there.port, host: '127.0.0.1' }),
    ]
    const notes = [noted(ours), noted(theirs)]
    for (const socket of [ours, theirs] as node.Socket[]) socket.write('x')
    await sleep(150)
    expect(notes[0]).toEqual(notes[1])
    expect(notes[0]).toContainEqual(expect.objectContaining({ code: 'ECONNRESET' }))
    there.close()
  })

  test('destroyed here', async () => {
    const fars = listen()
    const there = await real(() => {})
    const [ours, theirs] = [
      new page.Socket().connect(7, '127.0.0.1'),
      new node.Socket().connect(there.port, '127.0.0.1'),
    ]
    const notes = [noted(ours), noted(theirs)]
    await sleep(20)
    for (const socket of [ours, theirs] as node.Socket[])
      socket.destroy(Object.assign(new Error('mine'), { code: 'MINE' }))
    await sleep(100)
    expect(notes[0]).toEqual(notes[1])
    expect(fars[0]?.got).toEqual(['close'])
    there.close()
  })

  test('refused, idle, wrong ports', async () => {
    listen()
    const there = await real((socket) => void socket.unref())
    const free = await real(() => {})
    free.close()
    await sleep(10)
    const [ours, theirs] = [page.connect(8, '127.0.0.1'), node.connect(free.port, '127.0.0.1')]
    const notes = [noted(ours), noted(theirs)]
    await sleep(30)
    expect(JSON.stringify(notes[0]).replaceAll(':8"', ':PORT"')).toEqual(
      JSON.stringify(notes[1]).replaceAll(`:${free.port}"`, ':PORT"'),
    )

    const [idle, real2] = [page.connect(7), node.connect(there.port, '127.0.0.1')]
    const more = [noted(idle), noted(real2)]
    for (const socket of [idle, real2] as node.Socket[]) socket.setTimeout(20)
    await sleep(80)
    expect(more[0]).toEqual(more[1])
    expect([idle.timeout, real2.timeout]).toEqual([20, 20])
    idle.destroy()
    real2.destroy()

    for (const port of [-1, 70_000, 1.5, 'x1', undefined, null, {}]) {
      const thrown = (net: { connect: (options: never) => unknown }) => {
        try {
          net.connect({ port, host: '127.0.0.1' } as never)
          return 'nothing'
        } catch (error) {
          return [(error as NodeJS.ErrnoException).code, (error as Error).message]
        }
      }
      expect(thrown(page as never)).toEqual(thrown(node as never))
    }
    there.close()
  })

  test('a name that nobody has', async () => {
    page.setDialer(() => undefined)
    const notes = noted(page.connect(5432, 'nowhere.invalid'))
    await sleep(20)
    expect(notes).toEqual([
      { code: 'ENOTFOUND', errno: -3008, syscall: 'getaddrinfo', message: 'getaddrinfo ENOTFOUND nowhere.invalid' },
      'close true',
    ])
  })
})

describe('the real pg client, bundled, on PGlite', () => {
  let db: PGlite
  beforeAll(async () => {
    db = await PGlite.create()
  }, 60_000)
  afterAll(() => db.close())

  test('asks, is refused, and ends', async () => {
    const { code } = await bundle(`
      import '${import.meta.dirname}/globals.ts'
      export { default as pg } from 'pg'
      export { setDialer } from '${import.meta.dirname}/net.ts'`)
    const program = run<{ pg: typeof pg; setDialer: typeof page.setDialer }>(code)
    program.setDialer(() => {
      const { port1, port2 } = new MessageChannel()
      opened.push(port2)
      let before: Promise<unknown> = Promise.resolve()
      port2.onmessage = ({ data }) => {
        if (typeof data === 'string') return
        before = before.then(async () => {
          const answer = await db.execProtocolRaw(data)
          if (answer.length > 0) port2.postMessage(new Uint8Array(answer))
        })
      }
      return port1 as unknown as MessagePort
    })
    const pool = new program.pg.Pool({
      connectionString: 'postgres://postgres:postgres@localhost:5432/postgres',
      max: 1,
    })
    await pool.query('CREATE TABLE one (id int primary key, bytes bytea, at timestamptz, doc jsonb)')
    const sent = { bytes: Buffer.from([0, 1, 255]), at: new Date(0), doc: { a: ['ü'] } }
    await pool.query('INSERT INTO one VALUES ($1, $2, $3, $4)', [1, sent.bytes, sent.at, sent.doc])
    const { rows } = await pool.query('SELECT * FROM one')
    expect(Buffer.from(rows[0].bytes)).toEqual(sent.bytes)
    expect([rows[0].id, rows[0].at.getTime(), rows[0].doc]).toEqual([1, 0, { a: ['ü'] }])
    await expect(pool.query('INSERT INTO one VALUES (1)')).rejects.toMatchObject({
      code: '23505',
      constraint: 'one_pkey',
    })
    const many = await pool.query('SELECT repeat($1, 100000) AS long FROM generate_series(1, 5)', ['x'])
    expect(many.rows.map(({ long }) => long.length)).toEqual([100_000, 100_000, 100_000, 100_000, 100_000])
    const client = await pool.connect()
    await client.query('BEGIN')
    await client.query('DELETE FROM one')
    await client.query('ROLLBACK')
    client.release()
    expect((await pool.query('SELECT count(*)::int AS n FROM one')).rows).toEqual([{ n: 1 }])
    await pool.end()
  }, 60_000)
})
