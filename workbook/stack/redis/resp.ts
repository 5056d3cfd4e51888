/** The protocol of Redis (RESP2), as much as a gate and a small client need: commands in pieces, replies as values. */
import type { RedisReply } from '../types.ts'

/** One command as it was sent. */
export interface Command {
  /** In capitals; empty for an empty line. */
  name: string
  bytes: Buffer
}

/** Cuts a stream into commands. After `broken` everything is passed on as it is: the server answers what it thinks of it. */
export class CommandReader {
  #buffer: Buffer = Buffer.alloc(0)
  #broken = false

  push(chunk: Buffer): void {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk])
  }

  /** Bytes that no whole command was made of, or that nobody took. */
  get waiting(): number {
    return this.#buffer.length
  }

  /** The next whole command, left where it is; undefined while there is none. */
  peek(): Command | undefined {
    if (this.#buffer.length === 0) return undefined
    if (this.#broken) return { name: '', bytes: this.#buffer }
    const found = commandIn(this.#buffer)
    if (found !== 'broken') return found
    this.#broken = true
    return { name: '', bytes: this.#buffer }
  }

  /** Takes away what `peek` gave. */
  take({ bytes }: Command): void {
    this.#buffer = this.#buffer.subarray(bytes.length)
  }
}

function commandIn(buffer: Buffer): Command | undefined | 'broken' {
  const end = buffer.indexOf('\r\n')
  const first = buffer.toString('latin1', 0, end < 0 ? undefined : end)
  if (!first.startsWith('*')) {
    // A line of words, as a person types it; a line feed alone ends it too.
    const line = buffer.indexOf('\n')
    if (line < 0) return buffer.length > 65_536 ? 'broken' : undefined
    const name = buffer.toString('latin1', 0, line).trim().split(/\s+/)[0] ?? ''
    return { name: name.toUpperCase(), bytes: buffer.subarray(0, line + 1) }
  }
  if (end < 0) return undefined
  const count = numberIn(first.slice(1))
  if (count === undefined) return 'broken'
  let at = end + 2
  let name = ''
  for (let i = 0; i < count; i++) {
    const stop = buffer.indexOf('\r\n', at)
    if (stop < 0) return undefined
    const head = buffer.toString('latin1', at, stop)
    const length = head.startsWith('$') ? numberIn(head.slice(1)) : undefined
    if (length === undefined || length < 0) return 'broken'
    const next = stop + 2 + length + 2
    if (buffer.length < next) return undefined
    if (i === 0) name = buffer.toString('latin1', stop + 2, stop + 2 + length).toUpperCase()
    at = next
  }
  return { name, bytes: buffer.subarray(0, at) }
}

const numberIn = (text: string): number | undefined => (/^-?\d{1,10}$/.test(text) ? Number(text) : undefined)

/** A command as bytes. */
export function commandBytes(words: readonly string[]): Buffer {
  const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`)
  return Buffer.from(`*${words.length}\r\n${parts.join('')}`)
}

/** What a server answered: a value, or the words of an error. */
export type Answer = { reply: RedisReply } | { error: string }

/** The reply at the head of a buffer, with its length in bytes; undefined while it is not whole. @throws where it is no RESP2 */
export function replyIn(buffer: Buffer, from = 0): { answer: Answer; end: number } | undefined {
  const stop = buffer.indexOf('\r\n', from)
  if (stop < 0) return undefined
  const kind = String.fromCharCode(buffer[from] ?? 0)
  const text = buffer.toString('utf8', from + 1, stop)
  const end = stop + 2
  if (kind === '+') return { answer: { reply: text }, end }
  if (kind === '-') return { answer: { error: text }, end }
  if (kind === ':') return { answer: { reply: Number(text) }, end }
  if (kind === '$') {
    const length = Number(text)
    if (length < 0) return { answer: { reply: null }, end }
    if (buffer.length < end + length + 2) return undefined
    return { answer: { reply: buffer.toString('utf8', end, end + length) }, end: end + length + 2 }
  }
  if (kind !== '*') throw new Error(`no answer of a Redis: ${JSON.stringify(text.slice(0, 40))}`)
  if (Number(text) < 0) return { answer: { reply: null }, end }
  const list: RedisReply[] = []
  let at = end
  for (let i = 0; i < Number(text); i++) {
    const item = replyIn(buffer, at)
    if (item === undefined) return undefined
    list.push('reply' in item.answer ? item.answer.reply : item.answer.error)
    at = item.end
  }
  return { answer: { reply: list }, end: at }
}
