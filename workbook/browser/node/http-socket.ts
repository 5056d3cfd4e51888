import { notInThePage } from './refuse.ts'
import { Duplex } from './stream.ts'
import { clearTimeout, setTimeout, type Timeout } from './timers.ts'

/**
 * What stands for the connection of a request. Nothing goes over it: requests come and responses go as messages. So it can
 * be asked for its addresses and be destroyed; bytes of its own cannot be written.
 */
export class Connection extends Duplex {
  readonly remoteAddress: string
  readonly remotePort: number
  readonly remoteFamily: string
  readonly localAddress = '127.0.0.1'
  readonly localPort: number
  readonly localFamily = 'IPv4'
  readonly encrypted = undefined
  readonly connecting = false
  #idle: Timeout | undefined

  constructor(remoteAddress: string, remotePort: number, localPort: number) {
    super({ allowHalfOpen: true })
    this.remoteAddress = remoteAddress
    this.remotePort = remotePort
    this.remoteFamily = remoteAddress.includes(':') ? 'IPv6' : 'IPv4'
    this.localPort = localPort
  }

  override _read(): void {}

  override _write(_chunk: unknown, _encoding: string, done: (error?: Error) => void): void {
    done(notInThePage('writing to the socket of a request', 'responses go as messages, not as bytes'))
  }

  override _final(done: () => void): void {
    done()
    this.destroy()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#idle)
    // Without a listener a broken connection is no error of the program.
    done(this.listenerCount('error') === 0 ? null : error)
  }

  destroySoon(): void {
    this.destroy()
  }

  setTimeout(ms: number, callback?: () => void): this {
    clearTimeout(this.#idle)
    if (callback !== undefined) this.once('timeout', callback)
    if (ms > 0) this.#idle = setTimeout(() => this.emit('timeout'), ms)
    return this
  }

  address(): { address: string; port: number; family: string } {
    return { address: this.localAddress, port: this.localPort, family: this.localFamily }
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }
}
