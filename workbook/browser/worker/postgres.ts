/**
 * PGlite as a server of PostgreSQL's protocol 3.0 (PostgreSQL 18, chapter 54). It has one session. A connection has it from the first message
 * of an exchange to the answer `ReadyForQuery` outside of a transaction; the others wait. So statements of several connections follow each other as
 * with a real server, and transactions never run side by side, which a real server does: no check of locks or isolation may be graded here.
 */
import { serveWire, type Wire } from './wire.ts'

/** The one function of PGlite that is used. */
export interface Session {
  /** Frontend messages in, backend messages out. */
  execProtocolRaw(message: Uint8Array): Promise<Uint8Array>
}

export interface PostgresServer {
  readonly turns: Turns
  /** Serves a connection. */
  accept(port: MessagePort): void
}

const SSL_REQUEST = 80877103
const GSS_REQUEST = 80877104
const CANCEL_REQUEST = 80877102
const [BIND, CLOSE, DESCRIBE, FLUSH, PARSE, QUERY, SYNC, TERMINATE] = [...'BCDHPQSX'].map((c) => c.charCodeAt(0)) as [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
]
const READY = 'Z'.charCodeAt(0)
const IDLE = 'I'.charCodeAt(0)

export function servePostgres(session: Session): PostgresServer {
  const turns = new Turns()
  let serial = 0
  return {
    turns,
    accept: (port) => new Connection(port, session, turns, `c${++serial}_`),
  }
}

/** Who has the one session. */
export class Turns {
  #holder: object | undefined
  readonly #waiting: { who: object; go: () => void }[] = []

  /** Waits until nobody else has it. */
  take(who: object): Promise<void> {
    if (this.#holder === undefined || this.#holder === who) {
      this.#holder = who
      return Promise.resolve()
    }
    return new Promise((go) => this.#waiting.push({ who, go }))
  }

  leave(who: object): void {
    if (this.#holder !== who) return
    const next = this.#waiting.shift()
    this.#holder = next?.who
    next?.go()
  }

  has(who: object): boolean {
    return this.#holder === who
  }
}

class Connection {
  readonly #wire: Wire
  readonly #session: Session
  readonly #turns: Turns
  /** What its prepared statements and portals are called in the one session. */
  readonly #prefix: string
  #buffer = new Uint8Array(0)
  /** Whole messages that wait for the end of their exchange. */
  #batch: Uint8Array[] = []
  #started = false
  #gone = false
  #work: Promise<void> = Promise.resolve()

  constructor(port: MessagePort, session: Session, turns: Turns, prefix: string) {
    this.#session = session
    this.#turns = turns
    this.#prefix = prefix
    this.#wire = serveWire(
      port,
      (chunk) => this.#receive(chunk),
      () => this.#leave(),
    )
  }

  #receive(chunk: Uint8Array): void {
    this.#buffer = joined([this.#buffer, chunk])
    while (true) {
      // The first message of a connection has no type (chapter 54.2.1).
      const head = this.#started ? 1 : 0
      if (this.#buffer.length < head + 4) return
      const size = head + viewOf(this.#buffer).getInt32(head)
      if (this.#buffer.length < size) return
      const message = this.#buffer.slice(0, size)
      this.#buffer = this.#buffer.slice(size)
      if (this.#started) this.#take(message)
      else this.#start(message)
    }
  }

  #start(message: Uint8Array): void {
    const code = viewOf(message).getInt32(4)
    if (code === SSL_REQUEST || code === GSS_REQUEST) this.#wire.send(new Uint8Array(['N'.charCodeAt(0)]))
    else if (code === CANCEL_REQUEST) this.#wire.end()
    else {
      this.#started = true
      this.#exchange([message])
    }
  }

  #take(message: Uint8Array): void {
    const [type] = message
    if (type === TERMINATE) {
      this.#wire.end()
      return
    }
    this.#batch.push(this.#renamed(message))
    if (type !== SYNC && type !== QUERY && type !== FLUSH) return
    const batch = this.#batch
    this.#batch = []
    this.#exchange(batch)
  }

  #exchange(messages: Uint8Array[]): void {
    this.#work = this.#work.then(async () => {
      if (this.#gone) return
      await this.#turns.take(this)
      // It may have left while it waited.
      if (this.#gone) return this.#turns.leave(this)
      const answer = await this.#session.execProtocolRaw(joined(messages))
      this.#wire.send(answer)
      if (statusOf(answer) === IDLE) this.#turns.leave(this)
    })
  }

  /** Ends its transaction, as a server does whose client goes away, and gives the session to the next one. */
  #leave(): void {
    this.#gone = true
    this.#work = this.#work.then(async () => {
      if (!this.#turns.has(this)) return
      await this.#session.execProtocolRaw(simpleQuery('ROLLBACK'))
      this.#turns.leave(this)
    })
  }

  /** The message with this connection's own names of statements and portals: they are of a session, and here all share one. */
  #renamed(message: Uint8Array): Uint8Array {
    const [type] = message
    if (type === PARSE) return this.#named(message, 5, 1)
    if (type === BIND) return this.#named(message, 5, 2)
    if (type === DESCRIBE || type === CLOSE) return this.#named(message, 6, 1)
    return message
  }

  /** @param count so many names stand at `offset`, each ended by a zero. The empty name stays. */
  #named(message: Uint8Array, offset: number, count: number): Uint8Array {
    const prefix = new TextEncoder().encode(this.#prefix)
    const parts: Uint8Array[] = [message.slice(0, offset)]
    let from = offset
    for (let i = 0; i < count; i++) {
      const end = message.indexOf(0, from) + 1
      const name = message.slice(from, end)
      parts.push(...(name.length > 1 ? [prefix, name] : [name]))
      from = end
    }
    parts.push(message.slice(from))
    const whole = joined(parts)
    viewOf(whole).setInt32(1, whole.length - 1)
    return whole
  }
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** The transaction status of the last `ReadyForQuery` of an answer; undefined where there is none. */
function statusOf(answer: Uint8Array): number | undefined {
  const view = viewOf(answer)
  let status: number | undefined
  for (let at = 0; at + 5 <= answer.length; at += 1 + view.getInt32(at + 1)) {
    if (answer[at] === READY) status = answer[at + 5]
  }
  return status
}

/** A message `Query` (chapter 54.7). */
export function simpleQuery(text: string): Uint8Array {
  const body = new TextEncoder().encode(`${text}\0`)
  const message = new Uint8Array(5 + body.length)
  message[0] = QUERY
  viewOf(message).setInt32(1, 4 + body.length)
  message.set(body, 5)
  return message
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
