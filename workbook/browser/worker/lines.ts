/** What a program prints, in batches and within bounds: a million lines must not fill the page. */

/** So many lines, and characters, may wait for the page; what is more is counted and dropped. */
const LINES = 400
const CHARACTERS = 200_000
const LONGEST = 8_000
const EVERY_MS = 50

export interface Lines {
  add(...lines: string[]): void
  flush(): void
}

/** @param send gets lines and the number of those that were too many since the last batch */
export function createLines(send: (lines: string[], dropped: number) => void): Lines {
  let batch: string[] = []
  let size = 0
  let dropped = 0
  let last = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    last = performance.now()
    if (batch.length === 0 && dropped === 0) return
    send(batch, dropped)
    batch = []
    size = 0
    dropped = 0
  }
  return {
    flush,
    add: (...lines) => {
      for (const line of lines) {
        const cut = line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line
        if (batch.length >= LINES || size + cut.length > CHARACTERS) {
          dropped++
          continue
        }
        batch.push(cut)
        size += cut.length
      }
      // A program that never rests has no timer that fires; what it printed first is to be seen before it is ended.
      if (performance.now() - last > EVERY_MS) flush()
      else timer ??= setTimeout(flush, EVERY_MS)
    },
  }
}
