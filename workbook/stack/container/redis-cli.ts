/** A way into a Redis without a published port: one long-lived redis-cli under `docker exec`. Its gate is the server's own CLIENT PAUSE. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import type { RedisAccess, RedisReply } from '../types.ts'

const ANSWER_MS = 5_000
/** So long the server keeps writers waiting at most: whoever shut the gate may have been killed. */
const PAUSE_MS = 5_000

/**
 * @param id the container of the Redis
 * @param password as its command or its environment names it
 */
export function openRedisCli(id: string, password: string | undefined): RedisAccess {
  const auth = password === undefined ? [] : ['-e', `REDISCLI_AUTH=${password}`]
  const child = spawn('docker', ['exec', '-i', ...auth, id, 'redis-cli', '--json'], { stdio: ['pipe', 'pipe', 'pipe'] })
  let buffer = ''
  let said = ''
  let waiting: { mark: string; resolve: (text: string) => void; reject: (error: Error) => void } | undefined
  let ended: Error | undefined
  let queue: Promise<unknown> = Promise.resolve()
  const end = (error: Error) => {
    ended ??= error
    waiting?.reject(ended)
    waiting = undefined
  }
  child.on('error', end)
  child.on('exit', () => end(new Error(`the connection to Redis ended ${said.trim().slice(0, 200)}`)))
  child.stdin.on('error', () => {})
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-500)
  })
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    buffer += text
    const at = waiting === undefined ? -1 : buffer.indexOf(waiting.mark)
    if (waiting === undefined || at < 0) return
    const { resolve, mark } = waiting
    waiting = undefined
    const answer = buffer.slice(0, at)
    buffer = buffer.slice(at + mark.length + 1)
    resolve(answer)
  })
  const ask = (words: readonly string[]): Promise<string> => {
    const mine = queue.then(
      () =>
        new Promise<string>((resolve, reject) => {
          if (ended !== undefined) return reject(ended)
          // In JSON a text stands in quotes: no value can look like the mark.
          const mark = randomBytes(8).toString('hex')
          const timer = setTimeout(() => child.kill('SIGKILL'), ANSWER_MS)
          const done =
            <T>(then: (value: T) => void) =>
            (value: T) => {
              clearTimeout(timer)
              then(value)
            }
          waiting = { mark: `"${mark}"`, resolve: done(resolve), reject: done(reject) }
          child.stdin.write(`${words.map(quoted).join(' ')}\nECHO ${mark}\n`)
        }),
    )
    queue = mine.catch(() => undefined)
    return mine
  }
  const send = async (...words: string[]): Promise<RedisReply> => {
    const text = (await ask(words)).trim()
    if (text.startsWith('error:')) throw new Error(String(valueIn(text.slice('error:'.length))))
    return replyOf(valueIn(text))
  }
  const blocked = async () => Number(/^blocked_clients:(\d+)/m.exec(await ask(['INFO', 'clients']))?.[1] ?? 0)
  /** Clients that wait by their own will, for a list to get an element for example. */
  let before = 0
  return {
    send,
    shut: async () => {
      before = await blocked()
      await send('CLIENT', 'PAUSE', String(PAUSE_MS), 'WRITE')
      return true
    },
    waiting: async () => Math.max(0, (await blocked()) - before),
    open: async () => void (await send('CLIENT', 'UNPAUSE')),
    close: async () => {
      ended ??= new Error('closed')
      child.stdin.end()
      const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
      const timer = setTimeout(() => child.kill('SIGKILL'), 1_000)
      if (child.exitCode === null && child.signalCode === null) await gone
      clearTimeout(timer)
    },
  }
}

/** A word as redis-cli reads it from a line. */
const quoted = (word: string): string =>
  `"${[...Buffer.from(word)].map((byte) => (/[\w:.*@/-]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`)).join('')}"`

function valueIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Maps become lists of names and values in turn, as RESP2 has them. */
function replyOf(value: unknown): RedisReply {
  if (Array.isArray(value)) return value.map(replyOf)
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([key, one]): RedisReply[] => [key, replyOf(one)])
  return typeof value === 'number' || value === null ? value : String(value)
}
