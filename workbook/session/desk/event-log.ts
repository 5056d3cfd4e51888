/** Events with ids, kept for whoever comes late: a page that was reloaded, a second tab. */
import { randomBytes } from 'node:crypto'

export interface Numbered<E> {
  /** `<epoch>-<n>`: an id of another start of the server is none of ours. */
  id: string
  event: E
  /** Length of the event as JSON text. */
  size: number
}

export interface EventLogOptions<E> {
  /** Events kept at most, and their size as JSON text. */
  most: number
  bytes: number
  /** Those that go first where there are too many, oldest first; then the others. */
  spare: (event: E) => boolean
  /** Which of the events before it does this one make old? Undefined: none. */
  outdates: (event: E) => ((old: E) => boolean) | undefined
}

/** Append-only for readers, bounded for us. */
export class EventLog<E> {
  readonly #options: EventLogOptions<E>
  readonly #epoch = randomBytes(4).toString('hex')
  readonly #listeners = new Set<(entry: Numbered<E>) => void>()
  #entries: Numbered<E>[] = []
  #bytes = 0
  #next = 1
  /** Number of the newest event that had to go before it was old. */
  #lost = 0

  constructor(options: EventLogOptions<E>) {
    this.#options = options
  }

  append(event: E): void {
    const entry = { id: `${this.#epoch}-${this.#next++}`, event, size: JSON.stringify(event).length }
    const old = this.#options.outdates(event)
    if (old !== undefined) {
      this.#entries = this.#entries.filter((e) => !old(e.event))
      this.#bytes = this.#entries.reduce((sum, e) => sum + e.size, 0)
    }
    this.#entries.push(entry)
    this.#bytes += entry.size
    while (this.#entries.length > this.#options.most || (this.#bytes > this.#options.bytes && this.#entries.length > 1))
      this.#lose()
    for (const listener of this.#listeners) listener(entry)
  }

  /**
   * What came after an event, oldest first; everything that is kept where the id is unknown, of another start, or gone.
   * @param whole the reader has to begin anew: what it knows may have a gap
   */
  since(id: string | undefined): { entries: Numbered<E>[]; whole: boolean } {
    const [epoch, word] = (id ?? '').split('-')
    const n = Number(word)
    const known = epoch === this.#epoch && Number.isInteger(n) && n > 0 && n < this.#next
    if (!known || n < this.#lost) return { entries: [...this.#entries], whole: true }
    return { entries: this.#entries.filter((e) => numberOf(e.id) > n), whole: false }
  }

  #lose(): void {
    const spare = this.#entries.findIndex((e) => this.#options.spare(e.event))
    const [gone] = this.#entries.splice(Math.max(spare, 0), 1)
    if (gone === undefined) return
    this.#bytes -= gone.size
    this.#lost = Math.max(this.#lost, numberOf(gone.id))
  }

  /** Is told each event that is appended from now on. Gives the way to end it. */
  listen(listener: (entry: Numbered<E>) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  get listeners(): number {
    return this.#listeners.size
  }
}

const numberOf = (id: string) => Number(id.split('-')[1])
