/** One thing at a time, and always the newest: what is asked for ends what is under way. */
export class Rounds<Why> {
  readonly #run: (why: Why, signal: AbortSignal) => Promise<void>
  readonly #quit: AbortSignal
  #next: { why: Why } | undefined
  #current: AbortController | undefined
  #work: Promise<void> | undefined
  #broken: unknown

  /**
   * @param run ends soon after its signal is aborted, and has cleaned up by then
   * @param quit nothing is begun after it
   */
  constructor(run: (why: Why, signal: AbortSignal) => Promise<void>, quit: AbortSignal) {
    this.#run = run
    this.#quit = quit
  }

  get busy(): boolean {
    return this.#work !== undefined
  }

  /** Ends what is under way and begins anew. Of several requests the last one counts. */
  ask(why: Why): void {
    if (this.#quit.aborted || this.#broken !== undefined) return
    this.#next = { why }
    this.#current?.abort(new DOMException('overtaken', 'AbortError'))
    this.#work ??= this.#loop().finally(() => {
      this.#work = undefined
    })
  }

  /** Waits until nothing is under way. @throws what a round threw */
  async idle(): Promise<void> {
    while (this.#work !== undefined) await this.#work
    if (this.#broken !== undefined) throw this.#broken
  }

  async #loop(): Promise<void> {
    while (this.#next !== undefined && !this.#quit.aborted) {
      const { why } = this.#next
      this.#next = undefined
      this.#current = new AbortController()
      try {
        await this.#run(why, AbortSignal.any([this.#quit, this.#current.signal]))
      } catch (error) {
        this.#broken = error
        return
      }
    }
  }
}
