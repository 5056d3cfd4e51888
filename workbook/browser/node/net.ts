import { Buffer } from './buffer.ts'
import { coded, systemError, wrongType } from './errors.ts'
import { notInThePage, refusedAll } from './refuse.ts'
import { Duplex } from './stream.ts'
import { clearTimeout, setImmediate, setTimeout, type Timeout } from './timers.ts'

/**
 * Opens a connection of the page's own network: a port on which a `Uint8Array` is bytes, 'end' is the end of what comes from
 * there (FIN) and 'close' breaks off (RST). Undefined where nothing listens.
 */
export type Dialer = (port: number, host: string) => MessagePort | undefined

let dial: Dialer = () => undefined
let lastLocalPort = 49_151

/** Set by the runtime before the program runs. */
export function setDialer(dialer: Dialer): void {
  dial = dialer
}

interface ConnectOptions {
  port?: number | string
  host?: string
  path?: string
  timeout?: number
  noDelay?: boolean
  keepAlive?: boolean
  allowHalfOpen?: boolean
  signal?: AbortSignal
  [other: string]: unknown
}

type Callback = (...args: unknown[]) => void
type Done = (error?: Error | null) => void

/** A connection to something else in the page. */
export class Socket extends Duplex {
  connecting = false
  remoteAddress: string | undefined
  remotePort: number | undefined
  remoteFamily: string | undefined
  localAddress: string | undefined
  localPort: number | undefined
  localFamily: string | undefined
  bytesRead = 0
  bytesWritten = 0
  timeout: number | undefined
  autoSelectFamilyAttemptedAddresses: string[] = []
  #port: MessagePort | undefined
  #idle: Timeout | undefined
  #endSent = false
  #endSeen = false

  constructor(options: ConnectOptions = {}) {
    super({
      allowHalfOpen: options.allowHalfOpen ?? false,
      // 'close' says whether there was an error, which the stream's own does not.
      emitClose: false,
      ...(options.signal !== undefined && { signal: options.signal }),
    })
    this.on('end', () => {
      if (!this.allowHalfOpen) this.destroySoon()
    })
  }

  get pending(): boolean {
    return this.#port === undefined
  }

  get readyState(): 'opening' | 'open' | 'readOnly' | 'writeOnly' | 'closed' {
    if (this.connecting) return 'opening'
    if (this.#port === undefined) return 'closed'
    if (this.readable && this.writable) return 'open'
    return this.readable ? 'readOnly' : this.writable ? 'writeOnly' : 'closed'
  }

  get bufferSize(): number {
    return this.writableLength
  }

  connect(...args: unknown[]): this {
    const [options, callback] = normal(args)
    if (options.path !== undefined) throw notInThePage('a socket with a path', 'there are no files to connect to')
    const host = options.host ?? 'localhost'
    const port = checkPort(options.port)
    if (callback !== undefined) this.once('connect', callback)
    if (options.timeout !== undefined) this.setTimeout(options.timeout)
    this.connecting = true
    setImmediate(() => this.#open(port, host))
    return this
  }

  #open(port: number, host: string): void {
    if (this.destroyed) return
    const address = host === 'localhost' ? '127.0.0.1' : host
    const opened = dial(port, host)
    this.connecting = false
    if (opened === undefined) {
      this.destroy(refusal(address, port))
      return
    }
    this.#port = opened
    this.remoteAddress = address
    this.remotePort = port
    this.remoteFamily = isIPv6(address) ? 'IPv6' : 'IPv4'
    lastLocalPort = lastLocalPort >= 65_535 ? 49_152 : lastLocalPort + 1
    this.localAddress = '127.0.0.1'
    this.localPort = lastLocalPort
    this.localFamily = 'IPv4'
    opened.onmessage = ({ data }: MessageEvent<unknown>) => this.#arrived(data)
    this.#active()
    this.emit('connect')
    this.emit('ready')
  }

  #arrived(data: unknown): void {
    if (this.destroyed || this.#endSeen) return
    if (data === 'end') {
      this.#endSeen = true
      this.push(null)
      // Nobody reads: without this the end would wait for ever behind nothing.
      if (this.readableFlowing === null && this.listenerCount('readable') === 0 && this.readableLength === 0)
        this.read(0)
      return
    }
    if (data === 'close') {
      this.#endSeen = true
      this.#endSent = true
      this.destroy(systemError('ECONNRESET', 'read', { message: 'read ECONNRESET' }))
      return
    }
    const bytes = Buffer.from(data as Uint8Array)
    this.bytesRead += bytes.length
    this.#active()
    this.push(bytes)
  }

  override _read(): void {}

  override _write(chunk: Uint8Array, _encoding: string, done: Done): void {
    this.#send([chunk], done)
  }

  override _writev(chunks: { chunk: Uint8Array }[], done: Done): void {
    this.#send(
      chunks.map(({ chunk }) => chunk),
      done,
    )
  }

  #send(chunks: Uint8Array[], done: Done): void {
    this.#connected(done, (port) => {
      // A copy, as the bytes are given away.
      const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
      let at = 0
      for (const chunk of chunks) {
        bytes.set(chunk, at)
        at += chunk.length
      }
      this.bytesWritten += bytes.length
      port.postMessage(bytes, [bytes.buffer])
      this.#active()
      done()
    })
  }

  override _final(done: Done): void {
    if (this.pending && !this.connecting) done()
    else
      this.#connected(done, (port) => {
        this.#endSent = true
        port.postMessage('end')
        done()
      })
  }

  #connected(done: Done, then: (port: MessagePort) => void): void {
    if (this.connecting) {
      const opened = (): void => {
        this.off('close', closed)
        this.#connected(done, then)
      }
      const closed = (): void => {
        this.off('connect', opened)
        done(coded(Error, 'ERR_SOCKET_CLOSED_BEFORE_CONNECTION', 'Socket closed before the connection was established'))
      }
      this.once('connect', opened)
      this.once('close', closed)
      return
    }
    if (this.#port === undefined)
      done(systemError('EPIPE', 'write', { message: 'This socket has been ended by the other party' }))
    else then(this.#port)
  }

  override _destroy(error: Error | null, done: Done): void {
    this.connecting = false
    clearTimeout(this.#idle)
    const port = this.#port
    this.#port = undefined
    if (port !== undefined) {
      if (!this.#endSent || !this.#endSeen) port.postMessage('close')
      port.onmessage = null
      port.close()
    }
    done(error)
    // After 'error', and not at once, as with a real one.
    setImmediate(() => this.emit('close', error !== null && error !== undefined))
  }

  destroySoon(): void {
    if (this.writable) this.end()
    if (this.writableFinished) this.destroy()
    else this.once('finish', () => this.destroy())
  }

  resetAndDestroy(): this {
    return this.destroy()
  }

  /** After `ms` without traffic: 'timeout'. Zero: never. */
  setTimeout(ms: number, callback?: () => void): this {
    if (typeof ms !== 'number') throw wrongType('msecs', 'of type number', ms)
    this.timeout = ms
    clearTimeout(this.#idle)
    this.#idle = undefined
    if (ms > 0) {
      this.#active()
      if (callback !== undefined) this.once('timeout', callback)
    } else if (callback !== undefined) this.removeListener('timeout', callback)
    return this
  }

  #active(): void {
    clearTimeout(this.#idle)
    if (this.timeout === undefined || this.timeout <= 0 || this.destroyed) return
    this.#idle = setTimeout(() => this.emit('timeout'), this.timeout).unref()
  }

  address(): { address?: string; port?: number; family?: string } {
    const { localAddress: address, localPort: port, localFamily: family } = this
    return address === undefined || port === undefined || family === undefined ? {} : { address, port, family }
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

export { Socket as Stream }

export function createConnection(...args: unknown[]): Socket {
  const [options] = normal(args)
  return new Socket(options).connect(...args)
}
export const connect = createConnection

const V4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/

export const isIPv4 = (text: unknown): boolean => V4.test(`${text}`)

export function isIPv6(value: unknown): boolean {
  const [text = '', zone, ...more] = `${value}`.split('%')
  if (more.length > 0 || (zone !== undefined && !/^[0-9a-zA-Z-.:]+$/.test(zone))) return false
  const halves = text.split('::')
  if (halves.length > 2) return false
  const last = text.slice(text.lastIndexOf(':') + 1)
  const v4 = last.includes('.')
  if (v4 && !isIPv4(last)) return false
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')))
  const plain = v4 ? groups.slice(0, -1) : groups
  if (!plain.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return false
  const count = plain.length + (v4 ? 2 : 0)
  return halves.length === 2 ? count <= 7 : count === 8 && !text.startsWith(':')
}

export const isIP = (text: unknown): 0 | 4 | 6 => (isIPv4(text) ? 4 : isIPv6(text) ? 6 : 0)

export const { createServer, Server, BlockList, SocketAddress } = refusedAll(
  'net',
  ['createServer', 'Server', 'BlockList', 'SocketAddress'],
  'only HTTP comes into a page',
)

const module = {
  Socket,
  Stream: Socket,
  createConnection,
  connect,
  isIP,
  isIPv4,
  isIPv6,
  createServer,
  Server,
  BlockList,
  SocketAddress,
  getDefaultAutoSelectFamily: () => true,
}

export { module as 'module.exports' }
export default module

/** `(options, callback?)` or `(port, host?, callback?)`, or `(path, callback?)`. */
function normal(args: unknown[]): [ConnectOptions, Callback | undefined] {
  const [first, second] = args
  const last = args.at(-1)
  const callback = typeof last === 'function' ? (last as Callback) : undefined
  if (typeof first === 'object' && first !== null) return [first as ConnectOptions, callback]
  if (typeof first === 'string' && !/^\d+$/.test(first)) return [{ path: first }, callback]
  const host = typeof second === 'string' ? { host: second } : {}
  return [{ port: first as number, ...host }, callback]
}

function checkPort(port: unknown): number {
  if (port === undefined)
    throw coded(TypeError, 'ERR_MISSING_ARGS', 'The "options" or "port" or "path" argument must be specified')
  if (typeof port !== 'number' && typeof port !== 'string')
    throw wrongType('options.port', 'one of type number or string', port)
  const number = Number(port)
  if (port === '' || !Number.isInteger(number) || number < 0 || number > 65_535) {
    const shown = typeof port === 'string' ? `type string ('${port}')` : `type number (${port})`
    throw coded(RangeError, 'ERR_SOCKET_BAD_PORT', `Port should be >= 0 and < 65536. Received ${shown}.`)
  }
  return number
}

function refusal(host: string, port: number): Error {
  if (isIP(host) !== 0) {
    const message = `connect ECONNREFUSED ${host}:${port}`
    return systemError('ECONNREFUSED', 'connect', { message, address: host, port })
  }
  const error = systemError('ENOTFOUND', 'getaddrinfo', { message: `getaddrinfo ENOTFOUND ${host}` })
  return Object.assign(error, { hostname: host })
}
