/** Text of a diagram -> two SVGs (for wide and for narrow pages) and the same in words. */
import { createHash } from 'node:crypto'
import { layoutBoxes } from './boxes.ts'
import type { DiagramModel } from './model.ts'
import { parseDiagram } from './parse.ts'
import { layoutSequence } from './sequence.ts'
import { type Drawing, toSvg } from './svg.ts'
import { inWords, summary, type Words } from './words.ts'

export { DiagramError } from './model.ts'
export type { Words } from './words.ts'

/** Widths in px that the page gives: of a lesson's column, and of a phone's. */
const WIDE = 690
const NARROW = 344
/** The most that a picture is scaled down: 14 px become 10.5 px. */
const SMALLEST = 0.75

export interface RenderedDiagram {
  wide: string
  narrow: string
  /** Even the narrow layout needs more than a phone has: the picture scrolls sideways there. */
  scrolls: boolean
  words: Words[]
}

/**
 * @param description what the picture shows, for people who do not see it; a summary is made where there is none
 * @throws DiagramError
 */
export function renderDiagram(code: string, title: string, description?: string): RenderedDiagram {
  const model = parseDiagram(code)
  const id = `d${createHash('sha256').update(`${title}\n${code}`).digest('hex').slice(0, 8)}`
  const says = description ?? summary(model)
  const [wide, narrow] = layouts(model)
  return {
    wide: toSvg(wide, 'd-wide', title, says, `${id}w`),
    narrow: toSvg(narrow, narrow.width > NARROW / SMALLEST ? 'd-narrow d-scrolls' : 'd-narrow', title, says, `${id}n`),
    scrolls: narrow.width > NARROW / SMALLEST,
    words: inWords(model),
  }
}

function layouts(model: DiagramModel): [wide: Drawing, narrow: Drawing] {
  if (model.kind === 'sequence') return [layoutSequence(model, WIDE), layoutSequence(model, NARROW)]
  const asWritten = layoutBoxes(model, { direction: model.direction, label: 150, gap: 30 })
  // A row that does not fit is drawn as a column: small print helps nobody.
  const wide = asWritten.width <= WIDE + 40 ? asWritten : layoutBoxes(model, { direction: 'down', label: 150, gap: 30 })
  return [wide, layoutBoxes(model, { direction: 'down', label: 78, gap: 14 })]
}
