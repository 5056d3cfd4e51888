import { Buffer } from './buffer.ts'
import { type Callable, callable } from './callable.ts'
import { coded, wrongType } from './errors.ts'
import {
  distinct,
  type Fields,
  type HeaderValue,
  hasForbidden,
  type IncomingFields,
  joined,
  lines,
  validateHeaderName,
  validateHeaderValue,
} from './http-headers.ts'
import type { Connection } from './http-socket.ts'
import { STATUS_CODES } from './http-status.ts'
import { Readable, Writable } from './stream.ts'
import { setImmediate } from './timers.ts'

type Done = (error?: Error | null) => void

/** What a request is made of. */
export interface Incoming {
  method: string
  url: string
  raw: readonly [string, string][]
  body: Uint8Array
}

/** How much of a body is given at once, as a socket would. */
const PIECE = 64 * 1024

class IncomingShape extends Readable {
  declare aborted: boolean
  declare complete: boolean
  declare httpVersion: string
  declare httpVersionMajor: number
  declare httpVersionMinor: number
  declare method: string | undefined
  declare url: string
  declare rawHeaders: string[]
  declare rawTrailers: string[]
  declare trailers: Record<string, string>
  declare trailersDistinct: Record<string, string[]>
  declare statusCode: number | null
  declare statusMessage: string | null
  declare socket: Connection
  declare _raw: readonly [string, string][]
  declare _body: Uint8Array
  declare _headers: IncomingFields | undefined
  declare _distinct: Record<string, string[]> | undefined

  get connection(): Connection {
    return this.socket
  }

  get headers(): IncomingFields {
    this._headers ??= joined(this._raw)
    return this._headers
  }

  set headers(fields: IncomingFields) {
    this._headers = fields
  }

  get headersDistinct(): Record<string, string[]> {
    this._distinct ??= distinct(this._raw)
    return this._distinct
  }

  setTimeout(ms: number, callback?: () => void): this {
    this.socket.setTimeout(ms, callback)
    return this
  }

  override _read(): void {
    if (this._body.length > 0) {
      const piece = this._body.subarray(0, PIECE)
      this._body = this._body.subarray(PIECE)
      this.push(toBuffer(piece))
      return
    }
    this.complete = true
    this.push(null)
  }

  override _destroy(error: Error | null, done: Done): void {
    if (!this.readableEnded || !this.complete) {
      this.aborted = true
      this.emit('aborted')
    }
    if (this.socket && !this.socket.destroyed && this.aborted) this.socket.destroy(error ?? undefined)
    // Nobody asked to hear of it: then it is no error of the program.
    const told = this.listenerCount('error') === 0 ? null : error
    queueMicrotask(() => done(told))
  }
}

/** Bytes as a Buffer over the same memory. */
function toBuffer(bytes: Uint8Array): Uint8Array {
  return Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength)
}

export type IncomingMessage = IncomingShape
export const IncomingMessage: Callable<IncomingShape, [socket: Connection, incoming?: Incoming]> = callable(
  'IncomingMessage',
  IncomingShape,
  (self, socket: Connection, incoming?: Incoming) => {
    initReadable(self)
    const { method, url = '', raw = [], body = new Uint8Array() } = incoming ?? {}
    Object.assign(self, {
      aborted: false,
      complete: false,
      httpVersion: '1.1',
      httpVersionMajor: 1,
      httpVersionMinor: 1,
      method: method ?? null,
      url,
      rawHeaders: raw.flat(),
      rawTrailers: [],
      trailers: {},
      trailersDistinct: {},
      statusCode: null,
      statusMessage: null,
      socket,
      _raw: raw,
      _body: body,
    })
  },
)

/** What a response came to. */
export interface Outgoing {
  status: number
  statusText: string
  headers: [string, string][]
  body: Uint8Array
}

const sent = (what: string): Error =>
  coded(Error, 'ERR_HTTP_HEADERS_SENT', `Cannot ${what} headers after they are sent to the client`)

/** So many bytes of a body are kept. No client of the page takes more. */
const KEPT = 64_000_000

class ResponseShape extends Writable {
  declare statusCode: number
  declare statusMessage: string | undefined
  declare sendDate: boolean
  declare finished: boolean
  declare shouldKeepAlive: boolean
  declare strictContentLength: boolean
  declare req: IncomingMessage
  declare socket: Connection | null
  /** The head as it goes out; its being there is `headersSent`. */
  declare _header: [string, string][] | null
  declare _sentStatus: [number, string]
  declare _fields: Fields | undefined
  declare _removed: Set<string>
  declare _whole: number | undefined
  declare _hasBody: boolean
  declare _chunks: Uint8Array[]
  declare _deliver: (response: Outgoing) => void
  /** Told of the status and the length so far with each piece of a body. */
  declare _onPiece: (status: number, bytes: number) => void
  declare _written: number

  get headersSent(): boolean {
    return this._header !== null
  }

  get connection(): Connection | null {
    return this.socket
  }

  setHeader(name: string, value: HeaderValue): this {
    if (this.headersSent) throw sent('set')
    validateHeaderName(name)
    validateHeaderValue(name, value)
    this._fields ??= new Map()
    this._fields.set(name.toLowerCase(), [name, value])
    return this
  }

  setHeaders(headers: Headers | Map<string, HeaderValue>): this {
    if (this.headersSent) throw sent('set')
    const known = headers instanceof Map || (typeof Headers !== 'undefined' && headers instanceof Headers)
    if (!known) throw wrongType('headers', 'an instance of Headers or Map', headers)
    const cookies: string[] = []
    for (const [name, value] of headers) {
      if (name !== 'set-cookie') this.setHeader(name, value)
      else cookies.push(...([value].flat() as string[]))
    }
    if (cookies.length > 0) this.setHeader('set-cookie', cookies)
    return this
  }

  appendHeader(name: string, value: string | readonly string[]): this {
    if (this.headersSent) throw sent('append')
    validateHeaderName(name)
    validateHeaderValue(name, value)
    const before = this._fields?.get(name.toLowerCase())
    if (before === undefined) return this.setHeader(name, value)
    before[1] = [...[before[1]].flat().map(String), ...[value].flat()]
    return this
  }

  getHeader(name: string): HeaderValue | undefined {
    if (typeof name !== 'string') throw wrongType('name', 'of type string', name)
    return this._fields?.get(name.toLowerCase())?.[1]
  }

  getHeaderNames(): string[] {
    return [...(this._fields?.keys() ?? [])]
  }

  getRawHeaderNames(): string[] {
    return Array.from(this._fields?.values() ?? [], ([name]) => name)
  }

  getHeaders(): Record<string, HeaderValue> {
    const fields: Record<string, HeaderValue> = Object.create(null)
    for (const [name, [, value]] of this._fields ?? []) fields[name] = value
    return fields
  }

  hasHeader(name: string): boolean {
    if (typeof name !== 'string') throw wrongType('name', 'of type string', name)
    return this._fields?.has(name.toLowerCase()) ?? false
  }

  removeHeader(name: string): void {
    if (typeof name !== 'string') throw wrongType('name', 'of type string', name)
    if (this.headersSent) throw sent('remove')
    const key = name.toLowerCase()
    if (key === 'date') this.sendDate = false
    this._removed.add(key)
    this._fields?.delete(key)
  }

  writeHead(status: number, ...rest: unknown[]): this {
    if (this.headersSent) throw sent('write')
    const given = status
    const code = Math.trunc(Number(status)) | 0
    if (code < 100 || code > 999)
      throw coded(RangeError, 'ERR_HTTP_INVALID_STATUS_CODE', `Invalid status code: ${String(given)}`)
    const [reason, more] = typeof rest[0] === 'string' ? rest : [undefined, rest[0] ?? rest[1]]
    const text = (reason as string | undefined) ?? this.statusMessage ?? STATUS_CODES[code] ?? 'unknown'
    this.statusMessage = text
    this.statusCode = code
    if (hasForbidden(text)) throw coded(TypeError, 'ERR_INVALID_CHAR', 'Invalid character in statusMessage')
    const extra = pairs(more)
    if (this._fields !== undefined) {
      const seen = new Set<string>()
      for (const [name, value] of extra) {
        // A flat list may hold a name twice; what was there before is replaced all the same.
        if (seen.has(name.toLowerCase())) this.appendHeader(name, value as string)
        else if (name) this.setHeader(name, value)
        seen.add(name.toLowerCase())
      }
      this._store(code, text, [...this._fields.values()])
    } else {
      for (const [name, value] of extra) {
        validateHeaderName(name)
        validateHeaderValue(name, value)
      }
      this._store(code, text, extra)
    }
    return this
  }

  _store(status: number, text: string, fields: [string, HeaderValue][]): void {
    const head = fields.flatMap(([name, value]) => lines(name, value))
    const has = (name: string): boolean => head.some(([written]) => written.toLowerCase() === name)
    const none = status === 204 || status === 304 || (status >= 100 && status < 200)
    if (none || this.req.method === 'HEAD') this._hasBody = false
    const asked = head.find(([name]) => name.toLowerCase() === 'connection')?.[1]
    const stays = this.shouldKeepAlive && !/close/i.test(String(this.req.headers.connection ?? ''))
    if (this.sendDate && !has('date')) head.push(['Date', new Date().toUTCString()])
    if (asked === undefined && !this._removed.has('connection')) {
      head.push(['Connection', stays ? 'keep-alive' : 'close'])
      if (stays) head.push(['Keep-Alive', 'timeout=5'])
    } else if (asked !== undefined && !/close/i.test(asked) && !has('keep-alive'))
      head.push(['Keep-Alive', 'timeout=5'])
    if (!has('content-length') && !has('transfer-encoding') && this._hasBody) {
      if (this._whole !== undefined && !this._removed.has('content-length'))
        head.push(['Content-Length', String(this._whole)])
      else if (!this._removed.has('transfer-encoding')) head.push(['Transfer-Encoding', 'chunked'])
    }
    this._header = none ? head.filter(([name]) => name.toLowerCase() !== 'transfer-encoding') : head
    this._sentStatus = [status, text]
  }

  _implicitHeader(): void {
    this.writeHead(this.statusCode)
  }

  flushHeaders(): void {
    if (!this.headersSent) this._implicitHeader()
  }

  // Node's has the same three forms; the stream's types name them one by one.
  override write(chunk: unknown, ...rest: unknown[]): boolean {
    if (chunk === null) throw coded(TypeError, 'ERR_STREAM_NULL_VALUES', 'May not write null values to stream')
    checkChunk(chunk)
    if (this.writableEnded && !this.destroyed) return this._late(rest.at(-1))
    if (!this.headersSent && !this.destroyed) this._implicitHeader()
    return Reflect.apply(Writable.prototype.write, this, [chunk, ...rest])
  }

  /** Node tells of a write after the end, but does not take the response back, as the stream would. */
  _late(callback: unknown): false {
    const error = coded(Error, 'ERR_STREAM_WRITE_AFTER_END', 'write after end')
    queueMicrotask(() => {
      if (typeof callback === 'function') callback(error)
      if (!this.destroyed) this.emit('error', error)
    })
    return false
  }

  override end(...args: unknown[]): this {
    const [first, second] = args
    const chunk = typeof first === 'function' ? undefined : first
    if (chunk !== undefined && chunk !== null) {
      checkChunk(chunk)
      if (this.writableEnded && !this.destroyed) {
        this._late(args.at(-1))
        return this
      }
    }
    if (!this.headersSent && !this.writableEnded && !this.destroyed) {
      const encoding = typeof second === 'string' ? (second as BufferEncoding) : 'utf8'
      this._whole = chunk ? Buffer.byteLength(chunk as string, encoding) : 0
      this._implicitHeader()
    }
    if (!this.destroyed) this.finished = true
    // Node takes no empty piece for one: after the end it is no write.
    const given = chunk === '' || chunk === null ? [undefined, ...args.slice(1)] : args
    Reflect.apply(Writable.prototype.end, this, given)
    return this
  }

  override _write(chunk: Uint8Array, _encoding: string, done: Done): void {
    // What a client has long broken off for is not kept: a body without an end would fill the memory.
    if (this._hasBody && this._written <= KEPT) this._chunks.push(new Uint8Array(chunk))
    this._written += chunk.length
    this._onPiece(this._sentStatus[0], this._written)
    done()
  }

  override _final(done: Done): void {
    const [status, statusText] = this._sentStatus
    const body = new Uint8Array(this._chunks.reduce((sum, chunk) => sum + chunk.length, 0))
    let at = 0
    for (const chunk of this._chunks) {
      body.set(chunk, at)
      at += chunk.length
    }
    this._chunks = []
    this._deliver({ status, statusText, headers: this._header ?? [], body })
    // 'finish' says that the bytes are on their way, which never is at once.
    setImmediate(() => done())
  }

  override _destroy(error: Error | null, done: Done): void {
    const { socket } = this
    if (!this.writableFinished) socket?.destroy(error ?? undefined)
    done(null)
  }

  setTimeout(ms: number, callback?: () => void): this {
    if (callback !== undefined) this.on('timeout', callback)
    this.socket?.setTimeout(ms, () => this.emit('timeout'))
    return this
  }

  /** The page's clients wait for no 1xx; the callbacks come all the same. */
  writeContinue(callback?: () => void): void {
    if (callback) queueMicrotask(callback)
  }

  writeProcessing(callback?: () => void): void {
    if (callback) queueMicrotask(callback)
  }

  writeEarlyHints(_hints: unknown, callback?: () => void): void {
    if (callback) queueMicrotask(callback)
  }

  addTrailers(): void {}

  assignSocket(socket: Connection): void {
    this.socket = socket
  }

  detachSocket(): void {
    this.socket = null
  }
}

export type ServerResponse = ResponseShape
export const ServerResponse: Callable<
  ResponseShape,
  [
    req: IncomingMessage,
    socket?: Connection,
    deliver?: (response: Outgoing) => void,
    onPiece?: (status: number, bytes: number) => void,
  ]
> = callable(
  'ServerResponse',
  ResponseShape,
  (
    self,
    req: IncomingMessage,
    socket?: Connection,
    deliver?: (response: Outgoing) => void,
    onPiece?: (status: number, bytes: number) => void,
  ) => {
    initWritable(self)
    Object.assign(self, {
      statusCode: 200,
      statusMessage: undefined,
      sendDate: true,
      finished: false,
      shouldKeepAlive: true,
      strictContentLength: false,
      req,
      socket: socket ?? null,
      _header: null,
      _fields: undefined,
      _removed: new Set(),
      _whole: undefined,
      _hasBody: true,
      _chunks: [],
      _deliver: deliver ?? (() => {}),
      _onPiece: onPiece ?? (() => {}),
      _written: 0,
    })
  },
)

// The stream classes are functions in the package; their types know of classes only.
const initReadable = (self: IncomingShape): void =>
  Reflect.apply(Readable as unknown as (options: object) => void, self, [{}])
const initWritable = (self: ResponseShape): void =>
  Reflect.apply(Writable as unknown as (options: object) => void, self, [{}])

function checkChunk(chunk: unknown): void {
  if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array))
    throw wrongType('chunk', 'of type string or an instance of Buffer or Uint8Array', chunk)
}

/** The third argument of `writeHead`: an object, a list of pairs, or one list of names and values by turns. */
function pairs(headers: unknown): [string, HeaderValue][] {
  if (headers === undefined || headers === null) return []
  if (!Array.isArray(headers)) return Object.entries(headers as Record<string, HeaderValue>)
  if (Array.isArray(headers[0])) return headers as [string, HeaderValue][]
  if (headers.length % 2 !== 0)
    throw coded(TypeError, 'ERR_INVALID_ARG_VALUE', "The argument 'headers' is invalid. Received an odd number of them")
  return Array.from({ length: headers.length / 2 }, (_, at) => [headers[at * 2], headers[at * 2 + 1]])
}
