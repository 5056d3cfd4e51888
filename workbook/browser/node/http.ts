import { type Callable, callable } from './callable.ts'
import { coded, systemError, wrongType } from './errors.ts'
import { EventEmitter } from './events.ts'
import { validateHeaderName, validateHeaderValue } from './http-headers.ts'
import { IncomingMessage, ServerResponse } from './http-message.ts'
import { Connection } from './http-socket.ts'
import { METHODS, STATUS_CODES } from './http-status.ts'
import { refusedAll } from './refuse.ts'
import { setImmediate } from './timers.ts'

export { IncomingMessage, METHODS, ServerResponse, STATUS_CODES, validateHeaderName, validateHeaderValue }

/** A request as it comes into a program's Worker. Its names and values are as the client wrote them, Host among them. */
export interface WireRequest {
  method: string
  /** Path and query. */
  url: string
  headers: [name: string, value: string][]
  body: Uint8Array
  remoteAddress: string
  remotePort: number
  /** Aborted when the client breaks off. */
  signal: AbortSignal
  /** Told with each piece of a body: the status, and its length so far. */
  onPiece?: (status: number, bytes: number) => void
}

export interface WireResponse {
  status: number
  statusText: string
  headers: [string, string][]
  body: Uint8Array
}

const servers = new Map<number, Server>()
const told: ((port: number) => void)[] = []

/** The ports on which the program listens. */
export const listening = (): number[] => [...servers.keys()]

/** Calls back with each port from now on, when the program begins to listen on it. */
export function onListen(callback: (port: number) => void): void {
  told.push(callback)
}

/**
 * Hands a request to the server on `port` and resolves with the whole response. Rejects with the code ECONNREFUSED where
 * nothing listens, with ECONNRESET where the program breaks off, and with the signal's reason when the client did. What a
 * handler throws is thrown in a task of its own, for the Worker to hear of.
 */
export function deliver(port: number, request: WireRequest): Promise<WireResponse> {
  const server = servers.get(port)
  if (server === undefined) {
    const message = `connect ECONNREFUSED 127.0.0.1:${port}`
    return Promise.reject(systemError('ECONNREFUSED', 'connect', { message, address: '127.0.0.1', port }))
  }
  const { method, url, headers, body, remoteAddress, remotePort, signal, onPiece } = request
  if (signal.aborted) return Promise.reject(signal.reason)
  const framed = headers.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name))
  const length: [string, string][] = body.length > 0 && !framed ? [['Content-Length', String(body.length)]] : []
  const socket = new Connection(remoteAddress, remotePort, port)
  const req = new IncomingMessage(socket, { method, url, raw: [...headers, ...length], body })

  return new Promise((resolve, reject) => {
    let done = false
    const answered = (response: WireResponse) => {
      done = true
      resolve(response)
    }
    const res = new ServerResponse(req, socket, answered, onPiece)
    const broken = (error: Error): void => {
      if (!req.destroyed) req.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }))
      if (!res.destroyed) res.destroy()
      if (!done) reject(error)
      done = true
    }
    const abort = (): void => {
      reject(signal.reason)
      done = true
      socket.destroy()
    }
    signal.addEventListener('abort', abort, { once: true })
    socket.once('close', () => {
      signal.removeEventListener('abort', abort)
      server._connections.delete(socket)
      if (!res.writableFinished) broken(systemError('ECONNRESET', 'read', { message: 'socket hang up' }))
      server._settle()
    })
    res.once('finish', () => {
      res.detachSocket()
      // A body that nobody read is thrown away, so that the request has an end.
      if (!req.readableEnded && !req.destroyed) req.resume()
    })
    res.once('close', () => setImmediate(() => socket.destroy()))
    server._connections.add(socket)
    setImmediate(() => {
      if (socket.destroyed) return
      server.emit('connection', socket)
      const expects = /^100-continue$/i.test(String(req.headers.expect ?? ''))
      if (expects && server.listenerCount('checkContinue') > 0) server.emit('checkContinue', req, res)
      else server.emit('request', req, res)
    })
  })
}

type Listener = (...args: never[]) => unknown
type Done = (error?: Error) => void

interface ListenOptions {
  port?: number | string
  host?: string
  signal?: AbortSignal
}

class ServerShape extends EventEmitter {
  declare listening: boolean
  declare timeout: number
  declare keepAliveTimeout: number
  declare headersTimeout: number
  declare requestTimeout: number
  declare maxHeadersCount: number | null
  declare maxRequestsPerSocket: number
  declare _connections: Set<Connection>
  declare _address: { address: string; family: string; port: number } | null
  declare _closing: boolean

  /** `(port?, host?, backlog?, callback?)` or `(options, callback?)`. */
  listen(...args: unknown[]): this {
    if (this._address !== null)
      throw coded(Error, 'ERR_SERVER_ALREADY_LISTEN', 'Listen method has been called more than once without closing.')
    const [first, second] = args
    const callback = args.at(-1)
    const { port: asked = 0, host } = (
      typeof first === 'object' && first !== null
        ? first
        : { port: typeof first === 'function' ? 0 : first, host: typeof second === 'string' ? second : undefined }
    ) as ListenOptions
    const wanted = checkPort(asked)
    if (typeof callback === 'function') void this.once('listening', callback as (...args: unknown[]) => void)
    const port = wanted === 0 ? freePort() : wanted
    const address = host === undefined || host === '::' ? '::' : host === 'localhost' ? '127.0.0.1' : host
    if (servers.has(port)) {
      const message = `listen EADDRINUSE: address already in use ${address.includes(':') ? ':::' : `${address}:`}${port}`
      const error = systemError('EADDRINUSE', 'listen', { message, address, port })
      queueMicrotask(() => this.emit('error', error))
      return this
    }
    this._address = { address, family: address.includes(':') ? 'IPv6' : 'IPv4', port }
    this.listening = true
    servers.set(port, this)
    queueMicrotask(() => {
      if (servers.get(port) !== this) return
      this.emit('listening')
      for (const tell of told) tell(port)
    })
    return this
  }

  address(): { address: string; family: string; port: number } | null {
    return this._address
  }

  /** Takes no more requests. The callback comes when those in hand are over. */
  close(callback?: Done): this {
    if (callback !== undefined) {
      if (this._address !== null) void this.once('close', () => callback())
      else void this.once('close', () => callback(coded(Error, 'ERR_SERVER_NOT_RUNNING', 'Server is not running.')))
    }
    if (this._address !== null) servers.delete(this._address.port)
    this._address = null
    this.listening = false
    this._closing = true
    setImmediate(() => this._settle())
    return this
  }

  _settle(): void {
    if (!this._closing || this._connections.size > 0) return
    this._closing = false
    this.emit('close')
  }

  /** A connection is there for one request, so none is ever idle. */
  closeIdleConnections(): void {}

  closeAllConnections(): void {
    for (const connection of this._connections) connection.destroy()
  }

  getConnections(callback: (error: Error | null, count: number) => void): this {
    queueMicrotask(() => callback(null, this._connections.size))
    return this
  }

  setTimeout(ms: number, callback?: () => void): this {
    this.timeout = ms
    if (callback !== undefined) this.on('timeout', callback)
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  [Symbol.asyncDispose](): Promise<void> {
    return new Promise((resolve) => {
      this.close(() => resolve())
    })
  }
}

export type Server = ServerShape

export const Server: Callable<ServerShape, [options?: object | Listener, listener?: Listener]> = callable(
  'Server',
  ServerShape,
  (self, options?: object | Listener, listener?: Listener) => {
    EventEmitter.call(self)
    Object.assign(self, {
      listening: false,
      timeout: 0,
      keepAliveTimeout: 5000,
      headersTimeout: 60_000,
      requestTimeout: 300_000,
      maxHeadersCount: null,
      maxRequestsPerSocket: 0,
      _connections: new Set(),
      _address: null,
      _closing: false,
    })
    const handler = typeof options === 'function' ? options : listener
    if (handler !== undefined) self.on('request', handler as (...args: unknown[]) => void)
  },
)

export function createServer(options?: object | Listener, listener?: Listener): Server {
  return new Server(options, listener)
}

export const maxHeaderSize = 16_384

export const { request, get, Agent, ClientRequest, OutgoingMessage } = refusedAll(
  'http',
  ['request', 'get', 'Agent', 'ClientRequest', 'OutgoingMessage'],
  'no request leaves the page',
)

const module = {
  METHODS,
  STATUS_CODES,
  IncomingMessage,
  ServerResponse,
  Server,
  createServer,
  maxHeaderSize,
  validateHeaderName,
  validateHeaderValue,
  request,
  get,
  Agent,
  ClientRequest,
  OutgoingMessage,
}

export { module as 'module.exports' }
export default module

function checkPort(port: unknown): number {
  const number = Number(port)
  if (port === null || port === undefined) return 0
  if (typeof port !== 'number' && typeof port !== 'string') throw wrongType('options.port', 'of type number', port)
  if (port === '' || !Number.isInteger(number) || number < 0 || number > 65_535) {
    const shown = typeof port === 'string' ? `type string ('${port}')` : `type number (${port})`
    throw coded(RangeError, 'ERR_SOCKET_BAD_PORT', `options.port should be >= 0 and < 65536. Received ${shown}.`)
  }
  return number
}

function freePort(): number {
  let port = 49_152
  while (servers.has(port)) port += 1
  return port
}
