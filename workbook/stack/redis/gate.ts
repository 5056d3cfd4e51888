/**
 * Stands between programs and a Redis. Shut, it holds back commands that may write, as CLIENT PAUSE WRITE does: a connection whose next
 * command is held waits with all that it sent after it, so that nothing changes its order.
 */
import net, { type AddressInfo } from 'node:net'
import { mayWrite } from './commands.ts'
import { type Command, CommandReader } from './resp.ts'

/** So long a gate stays shut at most: whoever shut it may have been killed. */
const SHUT_MS = 5_000
/** A connection that waits and has sent so much is read no further. */
const WAITING_BYTES = 4_000_000

export interface RedisGate {
  /** Where programs connect, on loopback. */
  port: number
  shut(): void
  open(): void
  /** Connections that are held. */
  waiting(): number
  close(): Promise<void>
}

/** @param upstream the Redis behind it */
export async function openRedisGate(upstream: { host: string; port: number }): Promise<RedisGate> {
  const links = new Set<Link>()
  let timer: NodeJS.Timeout | undefined
  const state = { shut: false }
  const open = () => {
    clearTimeout(timer)
    state.shut = false
    for (const link of links) link.go()
  }
  const server = net.createServer({ noDelay: true }, (near) => {
    const link = new Link(near, net.connect({ ...upstream, noDelay: true }), state)
    links.add(link)
    near.once('close', () => links.delete(link))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    shut: () => {
      state.shut = true
      clearTimeout(timer)
      timer = setTimeout(open, SHUT_MS)
      timer.unref()
    },
    open,
    waiting: () => [...links].filter((link) => link.held).length,
    close: async () => {
      clearTimeout(timer)
      for (const link of links) link.end()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** One connection of a program, and ours to the server behind. */
class Link {
  readonly #near: net.Socket
  readonly #far: net.Socket
  readonly #gate: { readonly shut: boolean }
  readonly #reader = new CommandReader()
  /** In a transaction something that may write was queued. */
  #queued = false
  #transaction = false
  held = false

  constructor(near: net.Socket, far: net.Socket, gate: { readonly shut: boolean }) {
    this.#near = near
    this.#far = far
    this.#gate = gate
    near.on('data', (chunk: Buffer) => {
      this.#reader.push(chunk)
      this.go()
    })
    far.on('drain', () => this.go())
    far.pipe(near)
    for (const socket of [near, far]) socket.on('error', () => this.end())
    // What is held when its sender goes is never done; what was passed on is, and its answer goes nowhere.
    near.on('end', () => far.end())
    near.on('close', () => far.destroySoon())
    far.on('close', () => near.destroySoon())
  }

  /** Passes on what may go. */
  go(): void {
    this.held = false
    for (let next = this.#reader.peek(); next !== undefined; next = this.#reader.peek()) {
      this.held = this.#gate.shut && this.#holds(next)
      if (this.held || this.#far.writableNeedDrain) break
      this.#reader.take(next)
      this.#note(next)
      this.#far.write(next.bytes)
    }
    const full = this.#far.writableNeedDrain || (this.held && this.#reader.waiting > WAITING_BYTES)
    if (full) this.#near.pause()
    else if (this.#near.isPaused()) this.#near.resume()
  }

  end(): void {
    this.held = false
    this.#near.destroy()
    this.#far.destroy()
  }

  #holds({ name }: Command): boolean {
    return mayWrite(name) ? name !== '' : name === 'EXEC' && this.#queued
  }

  #note({ name }: Command): void {
    if (name === 'MULTI') this.#transaction = true
    else if (name === 'EXEC' || name === 'DISCARD' || name === 'RESET') {
      this.#transaction = false
      this.#queued = false
    } else if (this.#transaction && mayWrite(name)) this.#queued = true
  }
}
