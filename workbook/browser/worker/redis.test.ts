import { MessageChannel } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { commandBytes } from '../../stack/redis/resp.ts'
import { serveRedis } from './redis.ts'
import type { WireMessage } from './wire.ts'

test('a connection and the grader see the same keys', async () => {
  const server = serveRedis()
  const { port1, port2 } = new MessageChannel()
  server.accept(port2 as unknown as MessagePort)
  const answers: WireMessage[] = []
  port1.on('message', (data: WireMessage) => answers.push(data))
  port1.postMessage(new Uint8Array(commandBytes(['SET', 'color', 'blue', 'EX', '100'])))
  await expect.poll(() => answers.map((a) => Buffer.from(a as Uint8Array).toString())).toEqual(['+OK\r\n'])
  expect(await server.send(['GET', 'color'])).toBe('blue')
  expect(await server.send(['SCAN', '0', 'COUNT', '500'])).toEqual(['0', ['color']])
  await expect(server.send(['NOSUCH'])).rejects.toThrow('unknown command')
  expect(await Promise.all([server.send(['INCR', 'n']), server.send(['INCR', 'n'])])).toEqual([1, 2])
  port1.postMessage('end')
  port1.close()
})
