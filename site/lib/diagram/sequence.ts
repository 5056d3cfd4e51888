/** Lays out a sequence diagram in a given width: actors are columns, time runs down. */
import type { Block, Message, Note, SequenceModel, Step } from './model.ts'
import { cross, type Drawing, FONT, head, LINE, path, rect, text } from './svg.ts'
import { STRONG, textWidth, widest, wrap } from './text.ts'

const EDGE = 2
const GAP = 14
/** Space between an arrow and the text above it. */
const LIFT = 7

export function layoutSequence(model: SequenceModel, maxWidth: number): Drawing {
  const sketch = new Sketch(model, maxWidth)
  sketch.actors()
  sketch.steps(model.steps, 0)
  return sketch.finish()
}

/** The pen: `y` moves down while shapes are added. */
class Sketch {
  readonly #model: SequenceModel
  readonly #width: number
  readonly #columns: number[]
  readonly #columnWidth: number
  readonly #back: string[] = []
  readonly #front: string[] = []
  #y = EDGE
  #top = 0

  constructor(model: SequenceModel, maxWidth: number) {
    this.#model = model
    const count = model.actors.length
    this.#width = Math.min(maxWidth, Math.max(naturalWidth(model), 320))
    this.#columnWidth = this.#width / count
    this.#columns = model.actors.map((_, i) => this.#columnWidth * (i + 0.5))
  }

  actors(): void {
    const inner = this.#columnWidth - 10
    const labels = this.#model.actors.map((actor) => wrap(actor.label, (inner - 10) / STRONG, FONT))
    const height = Math.max(...labels.map((lines) => lines.length)) * LINE + 16
    for (const [i, lines] of labels.entries()) {
      const width = Math.min(inner, Math.max(widest(lines, FONT) * STRONG + 22, 56))
      const x = this.#columns[i] ?? 0
      this.#front.push(
        rect(x - width / 2, this.#y, width, height, 'd-box'),
        text(lines, x, this.#y + height / 2, 'd-strong'),
      )
    }
    this.#y += height
    this.#top = this.#y
    this.#y += 8
  }

  steps(steps: Step[], depth: number): void {
    for (const step of steps) {
      if (step.kind === 'message' && step.from === step.to) this.#selfMessage(step, depth)
      else if (step.kind === 'message') this.#message(step, depth)
      else if (step.kind === 'note') this.#note(step, depth)
      else this.#block(step, depth)
    }
  }

  #x(id: string): number {
    return this.#columns[this.#model.actors.findIndex((actor) => actor.id === id)] ?? 0
  }

  #message(message: Message, depth: number): void {
    const [from, to] = [this.#x(message.from), this.#x(message.to)]
    const inset = EDGE + depth * 8 + 4
    const room = Math.min(Math.max(Math.abs(to - from) - 12, 180), this.#width - 2 * inset)
    const lines = wrap(message.text, room, FONT)
    const half = widest(lines, FONT) / 2
    const middle = clamp((from + to) / 2, inset + half, this.#width - inset - half)
    this.#y += GAP
    this.#front.push(text(lines, middle, this.#y + (lines.length * LINE) / 2, 'd-text'))
    this.#y += lines.length * LINE + LIFT
    const style = message.dashed ? 'd-line d-dash' : 'd-line'
    if (message.lost) {
      const stop = from + (to - from) * 0.62
      this.#front.push(
        path(
          [
            [from, this.#y],
            [stop, this.#y],
          ],
          style,
        ),
        cross(stop, this.#y),
      )
    } else {
      this.#front.push(
        path(
          [
            [from, this.#y],
            [to, this.#y],
          ],
          style,
        ),
        head([from, this.#y], [to, this.#y]),
      )
    }
    this.#y += 4
  }

  /** A loop at one actor; it opens to the side that has more room. */
  #selfMessage(message: Message, depth: number): void {
    const x = this.#x(message.from)
    const inset = EDGE + depth * 8 + 4
    const side = x > this.#width / 2 ? -1 : 1
    const reach = 22
    const room = side === 1 ? this.#width - inset - x - reach - 8 : x - inset - reach - 8
    const lines = wrap(message.text, Math.max(room, 60), FONT)
    const height = Math.max(lines.length * LINE, 22)
    this.#y += GAP + 2
    const [top, bottom, far] = [this.#y, this.#y + height, x + side * reach]
    this.#front.push(
      path(
        [
          [x, top],
          [far, top],
          [far, bottom],
          [x, bottom],
        ],
        message.dashed ? 'd-line d-dash' : 'd-line',
      ),
      head([far, bottom], [x, bottom]),
    )
    const textX = side === 1 ? far + 8 : far - 8 - widest(lines, FONT)
    this.#front.push(text(lines, textX, (top + bottom) / 2, 'd-text', 'start'))
    this.#y = bottom + 4
  }

  #note(note: Note, depth: number): void {
    const inset = EDGE + depth * 8
    const xs = note.over.map((id) => this.#x(id))
    const middle = (Math.min(...xs) + Math.max(...xs)) / 2
    const span = Math.max(...xs) - Math.min(...xs)
    const lines = wrap(note.text, Math.min(Math.max(span + 40, 190), this.#width - 2 * inset - 20), FONT)
    const width = Math.min(Math.max(widest(lines, FONT) + 20, span + 40), this.#width - 2 * inset)
    const height = lines.length * LINE + 12
    const left = clamp(middle - width / 2, inset, this.#width - inset - width)
    this.#y += GAP
    this.#front.push(
      rect(left, this.#y, width, height, 'd-note', 2),
      text(lines, left + width / 2, this.#y + height / 2),
    )
    this.#y += height
  }

  #block(block: Block, depth: number): void {
    const inset = EDGE + depth * 8
    const width = this.#width - 2 * inset
    this.#y += GAP + 2
    const top = this.#y
    for (const [i, part] of block.parts.entries()) {
      if (i > 0) {
        this.#y += GAP - 2
        this.#front.push(
          path(
            [
              [inset, this.#y],
              [inset + width, this.#y],
            ],
            'd-part',
          ),
        )
      }
      const label = i === 0 ? `${block.word} ${part.label}`.trim() : part.label
      if (label === '') {
        this.steps(part.steps, depth + 1)
        continue
      }
      const lines = wrap(label, width - 20, FONT)
      this.#front.push(text(lines, inset + 10, this.#y + 6 + (lines.length * LINE) / 2, 'd-label', 'start'))
      this.#y += lines.length * LINE + 4
      this.steps(part.steps, depth + 1)
    }
    this.#y += GAP
    this.#back.push(rect(inset, top, width, this.#y - top, 'd-block'))
  }

  finish(): Drawing {
    this.#y += 14
    const lifelines = this.#columns.map((x) =>
      path(
        [
          [x, this.#top],
          [x, this.#y - 2],
        ],
        'd-life',
      ),
    )
    return { width: this.#width, height: this.#y, body: [...this.#back, ...lifelines, ...this.#front].join('') }
  }
}

/** The width at which most messages stand on one line above their own arrow. */
function naturalWidth(model: SequenceModel): number {
  const at = (id: string) => model.actors.findIndex((actor) => actor.id === id)
  const messages = (steps: Step[]): Message[] =>
    steps.flatMap((s) =>
      s.kind === 'message' ? [s] : s.kind === 'block' ? s.parts.flatMap((p) => messages(p.steps)) : [],
    )
  const columns = messages(model.steps).map(
    (m) => (Math.min(textWidth(m.text, FONT), 300) + 24) / Math.max(1, Math.abs(at(m.from) - at(m.to))),
  )
  const actors = model.actors.map((actor) => textWidth(actor.label, FONT) + 36)
  return Math.max(...columns, ...actors, 110) * model.actors.length
}

const clamp = (value: number, low: number, high: number) =>
  low > high ? (low + high) / 2 : Math.min(Math.max(value, low), high)
