/** One connection of the grader's to a Redis. */
import net from 'node:net'
import type { RedisReply } from '../types.ts'
import { type Answer, commandBytes, replyIn } from './resp.ts'

/** Where a Redis listens, and how to be let in. */
export interface RedisAddress {
  host: string
  port: number
  username?: string
  password?: string
  /** Number of the database. */
  database: number
}

export interface RedisClient {
  /** One command; answers come in order. @throws Error with the words of an error reply, or where the connection ended */
  send(...words: string[]): Promise<RedisReply>
  close(): void
}

const CONNECT_MS = 3_000
const ANSWER_MS = 5_000

/** Connects, signs in, chooses the database. @throws Error */
export async function connectRedis(address: RedisAddress): Promise<RedisClient> {
  const socket = net.connect({ host: address.host, port: address.port, noDelay: true })
  const pending: ((answer: Answer) => void)[] = []
  let buffer: Buffer = Buffer.alloc(0)
  let ended: string | undefined
  const end = (why: string) => {
    ended ??= why
    socket.destroy()
    for (const done of pending.splice(0)) done({ error: ended })
  }
  socket.on('error', (error) => end(`the connection to Redis broke: ${error.message}`))
  socket.on('close', () => end('the connection to Redis was closed'))
  socket.on('data', (chunk: Buffer) => {
    buffer = buffer.length === 0 ? chunk : Buffer.concat([buffer, chunk])
    try {
      for (let found = replyIn(buffer); found !== undefined; found = replyIn(buffer)) {
        buffer = buffer.subarray(found.end)
        pending.shift()?.(found.answer)
      }
    } catch (error) {
      end((error as Error).message)
    }
  })
  const send = (...words: string[]): Promise<RedisReply> =>
    new Promise((resolve, reject) => {
      if (ended !== undefined) return reject(new Error(ended))
      const timer = setTimeout(() => end(`Redis gave no answer to ${words[0]} in time`), ANSWER_MS)
      pending.push((answer) => {
        clearTimeout(timer)
        if ('reply' in answer) resolve(answer.reply)
        else reject(new Error(answer.error))
      })
      socket.write(commandBytes(words))
    })
  const timer = setTimeout(() => end('Redis cannot be connected to'), CONNECT_MS)
  try {
    if (address.password !== undefined)
      await send('AUTH', ...(address.username ? [address.username] : []), address.password)
    if (address.database > 0) await send('SELECT', String(address.database))
    else await send('PING')
  } catch (error) {
    end('closed')
    throw error
  } finally {
    clearTimeout(timer)
  }
  return { send, close: () => end('closed') }
}
