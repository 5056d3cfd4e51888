/** What the text of a diagram means, before anything is drawn. */

export interface Actor {
  id: string
  label: string
}

export interface Message {
  kind: 'message'
  from: string
  to: string
  text: string
  /** Answers are dashed. */
  dashed: boolean
  /** The message does not arrive (`-x`). */
  lost: boolean
}

export interface Note {
  kind: 'note'
  /** One actor or two: the note spans from the first to the last. */
  over: string[]
  text: string
}

/** `alt`, `opt`, `loop` …: a frame around steps; `alt` has several parts. */
export interface Block {
  kind: 'block'
  word: string
  parts: { label: string; steps: Step[] }[]
}

export type Step = Message | Note | Block

export interface SequenceModel {
  kind: 'sequence'
  actors: Actor[]
  steps: Step[]
}

export type Shape = 'box' | 'store' | 'round' | 'choice'
export type Tone = 'plain' | 'accent' | 'danger' | 'muted'

export interface Box {
  id: string
  label: string
  shape: Shape
  tone: Tone
  /** Id of the group it lies in. */
  group?: string | undefined
}

export interface Group {
  id: string
  label: string
  parent?: string | undefined
}

export interface Line {
  from: string
  to: string
  label: string
  dashed: boolean
  arrows: 'end' | 'both' | 'none'
}

export interface BoxesModel {
  kind: 'boxes'
  /** Where the diagram runs when there is room. */
  direction: 'right' | 'down'
  boxes: Box[]
  groups: Group[]
  lines: Line[]
}

export type DiagramModel = SequenceModel | BoxesModel

/** A mistake in the text of a diagram. */
export class DiagramError extends Error {
  readonly line: number
  constructor(line: number, message: string) {
    super(message)
    this.name = 'DiagramError'
    this.line = line
  }
}
