import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRedisServer } from 'js-redis-server'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { connectRedis, type RedisClient } from './client.ts'
import { openRedisGate, type RedisGate } from './gate.ts'

let behind: Awaited<ReturnType<typeof createRedisServer>> & { port: number; close(): Promise<void> }
let gate: RedisGate
let direct: RedisClient
const clients: RedisClient[] = []
const connect = async () => {
  const client = await connectRedis({ host: '127.0.0.1', port: gate.port, database: 0 })
  clients.push(client)
  return client
}
/** Bytes sent as they are, and what came back. */
async function raw(...chunks: string[]): Promise<{ text(): string; socket: net.Socket }> {
  let text = ''
  const socket = net.connect(gate.port, '127.0.0.1')
  socket.on('data', (data) => {
    text += data
  })
  socket.on('error', () => {})
  for (const chunk of chunks) {
    socket.write(chunk)
    await sleep(15)
  }
  return { text: () => text, socket }
}
const settled = async (work: Promise<unknown>) => Promise.race([work.then(() => true), sleep(60).then(() => false)])

beforeEach(async () => {
  behind = (await createRedisServer()) as never
  gate = await openRedisGate({ host: '127.0.0.1', port: behind.port })
  direct = await connectRedis({ host: '127.0.0.1', port: behind.port, database: 0 })
})
afterEach(async () => {
  for (const client of clients.splice(0)) client.close()
  direct.close()
  await gate.close()
  await behind.close()
})

describe('an open gate', () => {
  test('passes everything on, in its order', async () => {
    const client = await connect()
    const many = await Promise.all([
      client.send('SET', 'a', 'ä\r\n*1\r\n'),
      client.send('GET', 'a'),
      client.send('NOSUCH').catch((error: Error) => error.message.split(' ')[0]),
      client.send('HSET', 'h', 'x', '1'),
      client.send('HGETALL', 'h'),
      client.send('GET', 'none'),
      client.send('EVAL', "return redis.call('INCR', KEYS[1])", '1', 'n'),
    ])
    expect(many).toEqual(['OK', 'ä\r\n*1\r\n', 'ERR', 1, ['x', '1'], null, 1])
  })
  test('knows commands that come in pieces, several at once, and as words in a line', async () => {
    const { text } = await raw(
      '*3\r\n$3\r\nSE',
      'T\r\n$1\r\na\r\n$2\r\n1',
      '0\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\nINCR a\r\n',
    )
    await sleep(30)
    expect(text()).toBe('+OK\r\n$2\r\n10\r\n:11\r\n')
  })
  test('passes on what is no protocol, and leaves the answer to the server', async () => {
    const { text } = await raw('*x\r\n')
    await sleep(30)
    expect(text()).toMatch(/^-ERR Protocol error/)
  })
  test('passes a value on that is larger than a packet', async () => {
    const client = await connect()
    const value = 'x'.repeat(3_000_000)
    await client.send('SET', 'big', value)
    expect(await client.send('GET', 'big')).toBe(value)
  })
})

describe('a shut gate', () => {
  test.each([
    ['SET', 'a', '2'],
    ['GETDEL', 'a'],
    ['EVAL', 'return 1', '0'],
    ['EXPIRE', 'a', '5'],
    ['FCALL', 'f', '0'],
    ['set', 'a', '2'],
    ['NOSUCHCOMMAND'],
  ])('holds %s %s until it opens', async (...words) => {
    const client = await connect()
    await direct.send('SET', 'a', '1')
    gate.shut()
    const held = client.send(...words).catch(() => {})
    expect(await settled(held)).toBe(false)
    expect(gate.waiting()).toBe(1)
    expect(await direct.send('GET', 'a')).toBe('1')
    gate.open()
    await held
    expect(gate.waiting()).toBe(0)
  })
  test('lets readers pass', async () => {
    const client = await connect()
    await direct.send('SET', 'a', '1')
    gate.shut()
    expect(await Promise.all([client.send('GET', 'a'), client.send('PING'), client.send('SCAN', '0')])).toEqual([
      '1',
      'PONG',
      ['0', ['a']],
    ])
    expect(gate.waiting()).toBe(0)
  })
  test('holds what was sent after a held command too, and changes no order', async () => {
    const client = await connect()
    await direct.send('SET', 'n', '5')
    gate.shut()
    const before = client.send('GET', 'n')
    const later = [client.send('INCR', 'n'), client.send('GET', 'n'), client.send('INCR', 'n')]
    expect(await before).toBe('5')
    expect(await settled(Promise.race(later))).toBe(false)
    expect(gate.waiting()).toBe(1)
    gate.open()
    expect(await Promise.all(later)).toEqual([6, '6', 7])
  })
  test('counts connections, and forgets one that goes, with what it held', async () => {
    const [a, b] = [await connect(), await connect()]
    gate.shut()
    const held = [a.send('SET', 'a', '1').catch(() => 'gone'), b.send('SET', 'b', '1')]
    await sleep(40)
    expect(gate.waiting()).toBe(2)
    a.close()
    expect(await held[0]).toBe('gone')
    await sleep(40)
    expect(gate.waiting()).toBe(1)
    gate.open()
    await held[1]
    expect(await direct.send('EXISTS', 'a', 'b')).toBe(1)
  })
  test('holds a transaction at its first writer; one that was queued before at its end', async () => {
    const [early, late] = [await connect(), await connect()]
    await Promise.all([early.send('MULTI'), early.send('INCR', 'n'), late.send('MULTI')])
    gate.shut()
    const exec = early.send('EXEC')
    const queued = late.send('GET', 'n')
    expect(await queued).toBe('QUEUED')
    const written = late.send('INCR', 'n')
    expect(await settled(Promise.race([exec, written]))).toBe(false)
    expect(gate.waiting()).toBe(2)
    gate.open()
    expect(await exec).toEqual([1])
    expect(await written).toBe('QUEUED')
    expect(await late.send('EXEC')).toEqual(['1', 2])
    gate.shut()
    const reading = await Promise.all([early.send('MULTI'), early.send('GET', 'n'), early.send('EXEC')])
    expect(reading[2]).toEqual(['2'])
  })
})
