/** js-redis-server as a server on the wire of the page. It keeps everything in memory and speaks RESP 2 and 3. */
import {
  attachSession,
  createRedisCommandExecutor,
  InMemoryConnectionTransport,
  RedisServerState,
} from 'js-redis-server/core'
import { commandBytes, replyIn } from '../../stack/redis/resp.ts'
import type { RedisReply } from '../../stack/types.ts'
import { serveWire } from './wire.ts'

export interface RedisServer {
  /** Serves a connection. */
  accept(port: MessagePort): void
  /** One command of the grader. @throws Error with the words of an error reply */
  send(words: readonly string[]): Promise<RedisReply>
}

export function serveRedis(): RedisServer {
  const pipeline = { state: new RedisServerState(), executor: createRedisCommandExecutor() }
  const attach = (written: (chunk: Buffer) => void) => {
    const transport = new Transport(written)
    return { transport, session: attachSession(transport, pipeline) }
  }
  let own: ReturnType<typeof createAsker> | undefined
  return {
    accept: (port) => {
      const { transport, session } = attach((chunk) => wire.send(new Uint8Array(chunk)))
      const wire = serveWire(
        port,
        (chunk) => transport.feed(Buffer.from(chunk)),
        () => session.close(),
      )
      transport.on('close', () => wire.end())
    },
    send: (words) => {
      own ??= createAsker(attach)
      return own(words)
    },
  }
}

class Transport extends InMemoryConnectionTransport {
  readonly #written: (chunk: Buffer) => void

  constructor(written: (chunk: Buffer) => void) {
    super()
    this.#written = written
  }

  override write(chunk: Buffer): void {
    this.#written(chunk)
  }
}

/** A connection without a wire: commands one after the other. */
function createAsker(attach: (written: (chunk: Buffer) => void) => { transport: Transport }) {
  let received = Buffer.alloc(0)
  let told: (() => void) | undefined
  const { transport } = attach((chunk) => {
    received = Buffer.concat([received, chunk])
    told?.()
  })
  const answer = async (): Promise<RedisReply> => {
    while (true) {
      const found = replyIn(received)
      if (found !== undefined) {
        received = received.subarray(found.end)
        if ('error' in found.answer) throw new Error(found.answer.error)
        return found.answer.reply
      }
      await new Promise<void>((resolve) => {
        told = resolve
      })
    }
  }
  let queue: Promise<unknown> = Promise.resolve()
  return (words: readonly string[]): Promise<RedisReply> => {
    const mine = queue.then(() => {
      transport.feed(commandBytes(words))
      return answer()
    })
    queue = mine.catch(() => undefined)
    return mine
  }
}
