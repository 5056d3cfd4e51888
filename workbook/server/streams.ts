/** Server-Sent Events (HTML Standard, 9.2): one stream a page, with ids, so that a reload goes on where it was. */
import type { Request, Response } from 'express'
import type { Desk } from '../session/desk/desk.ts'
import type { LabEvent } from '../session/desk/protocol.ts'

/** So many pages may listen at once; a browser opens six connections to a server. */
const MOST = 64
/** A comment in between keeps a sleeping laptop's connection honest: what is dead is noticed by both sides. */
const BEAT_MS = 15_000
/** A reader that takes nothing for so much text is let go; it comes back and is told again. */
const BACKLOG = 4_000_000

/** Holds the open streams. */
export class Streams {
  /** Each with the way to end it. */
  readonly #open = new Map<Response, () => void>()
  #closed = false

  get count(): number {
    return this.#open.size
  }

  /** Answers a request for the events of a lab. */
  serve(desk: Desk, request: Request, response: Response): void {
    if (this.#closed) return void response.status(503).json({ error: 'The workbook is being closed.' })
    if (this.#open.size >= MOST) {
      response
        .status(503)
        .json({ error: `${MOST} pages listen already.`, remedy: 'Close some, and load this one again.' })
      return
    }
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
    })
    // Who asks for the head alone reads no stream.
    if (request.method === 'HEAD') return void response.end()
    // A reader whose connection broke comes back after so many milliseconds.
    response.write('retry: 1000\n\n')
    const send = (event: LabEvent, id?: string) => {
      if (response.writableEnded) return
      if (response.writableLength > BACKLOG) return void response.destroy()
      // JSON has no raw line break, so an event is one line of data.
      response.write(`${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(event)}\n\n`)
    }
    const { entries, whole } = desk.events.since(idOf(request))
    if (whole) response.write('event: whole\ndata: {}\n\n')
    for (const { event, id } of entries) send(event, id)
    const deaf = [
      desk.events.listen(({ event, id }) => send(event, id)),
      desk.watchOver((state) => send({ type: 'state', state })),
    ]
    // The first word on how things are, also where nothing changed since somebody else was told.
    void desk.state().then(
      (state) => send({ type: 'state', state }),
      () => {},
    )
    const beat = setInterval(() => response.write(': \n\n'), BEAT_MS)
    const leave = () => {
      clearInterval(beat)
      for (const stop of deaf) stop()
      this.#open.delete(response)
    }
    this.#open.set(response, leave)
    response.on('close', leave)
  }

  /** Ends all of them. */
  close(): void {
    this.#closed = true
    for (const [response, leave] of this.#open) {
      leave()
      response.end()
    }
  }
}

/** The last id that the reader has: the browser sends it when it reconnects by itself, a page after a reload in the address. */
function idOf(request: Request): string | undefined {
  const header = request.get('last-event-id')
  const query = request.query.after
  const id = header ?? (typeof query === 'string' ? query : undefined)
  return id !== undefined && /^[0-9a-f]{8}-\d{1,9}$/.test(id) ? id : undefined
}
