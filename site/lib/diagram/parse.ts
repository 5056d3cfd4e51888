/** Text -> model, for the part of Mermaid's language that the course uses. */
import {
  type Block,
  type BoxesModel,
  DiagramError,
  type DiagramModel,
  type Line,
  type SequenceModel,
  type Shape,
  type Step,
  type Tone,
} from './model.ts'

interface SourceLine {
  text: string
  number: number
}

/** @throws DiagramError with the line (1-based) that cannot be understood */
export function parseDiagram(text: string): DiagramModel {
  const lines = text
    .split('\n')
    // Lines are broken by width, so a break that the author set is a space.
    .map((line, index) => ({ text: line.replace(/\s*<br\s*\/?>\s*/g, ' ').trim(), number: index + 1 }))
    .filter((line) => line.text !== '' && !line.text.startsWith('%%'))
  const [head, ...body] = lines
  if (head === undefined) throw new DiagramError(1, 'the diagram is empty')
  if (head.text === 'sequenceDiagram') return parseSequence(body)
  const flow = /^(?:flowchart|graph)\s+(LR|TB|TD)$/.exec(head.text)
  if (flow !== null) return parseBoxes(body, flow[1] === 'LR' ? 'right' : 'down')
  throw new DiagramError(
    head.number,
    `a diagram starts with "sequenceDiagram", "flowchart LR" or "flowchart TB", not with "${head.text}"`,
  )
}

const BLOCK_WORDS = ['alt', 'opt', 'loop', 'par', 'break', 'critical', 'rect']

function parseSequence(lines: SourceLine[]): SequenceModel {
  const model: SequenceModel = { kind: 'sequence', actors: [], steps: [] }
  const open: { block: Block; number: number }[] = []
  const steps = (): Step[] => open.at(-1)?.block.parts.at(-1)?.steps ?? model.steps
  const actor = (id: string) => {
    if (!model.actors.some((a) => a.id === id)) model.actors.push({ id, label: id })
    return id
  }
  for (const { text, number } of lines) {
    const declared = /^(?:participant|actor)\s+(\w+)(?:\s+as\s+(.+))?$/.exec(text)
    const message = /^(\w+)\s*(--?(?:>>|x))\s*(\w+)\s*:\s*(.+)$/.exec(text)
    const note = /^note\s+over\s+(\w+)(?:\s*,\s*(\w+))?\s*:\s*(.+)$/i.exec(text)
    const block = /^(\w+)(?:\s+(.*))?$/.exec(text)
    const word = block?.[1] ?? ''
    if (declared !== null) {
      const [, id = '', label = id] = declared
      if (model.actors.some((a) => a.id === id))
        throw new DiagramError(number, `the participant ${id} is declared after its first use, or twice`)
      model.actors.push({ id, label })
    } else if (message !== null) {
      const [, from = '', arrow = '', to = '', words = ''] = message
      steps().push({
        kind: 'message',
        from: actor(from),
        to: actor(to),
        text: words,
        dashed: arrow.startsWith('--'),
        lost: arrow.endsWith('x'),
      })
    } else if (note !== null) {
      const [, first = '', last, words = ''] = note
      steps().push({ kind: 'note', over: [actor(first), ...(last === undefined ? [] : [actor(last)])], text: words })
    } else if (BLOCK_WORDS.includes(word)) {
      // `rect <colour>` is a frame without a name; colours are the page's own.
      const added: Block =
        word === 'rect'
          ? { kind: 'block', word: '', parts: [{ label: '', steps: [] }] }
          : { kind: 'block', word, parts: [{ label: block?.[2] ?? '', steps: [] }] }
      steps().push(added)
      open.push({ block: added, number })
    } else if (word === 'else' || word === 'and') {
      const current = open.at(-1)
      if (current === undefined) throw new DiagramError(number, `"${word}" stands outside of a block`)
      current.block.parts.push({ label: block?.[2] ?? '', steps: [] })
    } else if (text === 'end') {
      if (open.pop() === undefined) throw new DiagramError(number, '"end" closes nothing')
    } else {
      throw new DiagramError(
        number,
        `cannot read "${text}"; known are participant, A->>B: text, A-->>B: text, A-xB: text, Note over A,B: text, ${BLOCK_WORDS.join(', ')}, else, end`,
      )
    }
  }
  const left = open.at(-1)
  if (left !== undefined) throw new DiagramError(left.number, `the block "${left.block.word}" has no "end"`)
  if (model.steps.length === 0) throw new DiagramError(1, 'the diagram has no steps')
  return model
}

const TONES: readonly string[] = ['accent', 'danger', 'muted'] satisfies Tone[]
// id, then an optional shape with its label, then an optional :::tone
const NODE = /^(\w+)(?:\[\((.+?)\)\]|\(\[(.+?)\]\)|\[(.+?)\]|\{(.+?)\}|\((.+?)\))?(?::::(\w+))?/
const SHAPES: readonly Shape[] = ['store', 'round', 'box', 'choice', 'round']
const ARROW = /^\s*(<-->|<-\.->|-->|-\.->|---|-\.-)(?:\|([^|]+)\|)?\s*/
// The other way to write a label: A -- text --> B, A -. text .-> B
const WORDED_ARROW = /^\s*(<?-[-.])\s+(.+?)\s+([-.]->|[-.]--?)\s*/

function parseBoxes(lines: SourceLine[], direction: BoxesModel['direction']): BoxesModel {
  const model: BoxesModel = { kind: 'boxes', direction, boxes: [], groups: [], lines: [] }
  const open: { id: string; number: number }[] = []
  for (const { text, number } of lines) {
    const group = /^subgraph\s+(\w+)(?:\s*\[(.+)\])?$/.exec(text)
    if (group !== null) {
      const [, id = '', label = id] = group
      model.groups.push({ id, label: unquote(label), parent: open.at(-1)?.id })
      open.push({ id, number })
    } else if (text === 'end') {
      if (open.pop() === undefined) throw new DiagramError(number, '"end" closes nothing')
    } else {
      parseChain(model, text, number, open.at(-1)?.id)
    }
  }
  const left = open.at(-1)
  if (left !== undefined) throw new DiagramError(left.number, `the subgraph "${left.id}" has no "end"`)
  for (const line of model.lines) {
    const named = model.groups.find((g) => g.id === line.from || g.id === line.to)
    if (named !== undefined) throw new DiagramError(1, `a line ends at the subgraph ${named.id}; let it end at a box`)
  }
  if (model.boxes.length === 0) throw new DiagramError(1, 'the diagram has no boxes')
  return model
}

/** `A[Label] -->|text| B --> C`: boxes and the lines between them. */
function parseChain(model: BoxesModel, text: string, number: number, group: string | undefined): void {
  let rest = text
  let previous: string | undefined
  let line: Omit<Line, 'from' | 'to'> | undefined
  for (;;) {
    const node = NODE.exec(rest)
    if (node === null)
      throw new DiagramError(
        number,
        `cannot read "${rest}" as a box; known are A[box], A[(store)], A([round]), A{choice}, with :::accent, :::danger or :::muted`,
      )
    const id = declareBox(model, node, number, group)
    if (previous !== undefined && line !== undefined) model.lines.push({ from: previous, to: id, ...line })
    rest = rest.slice(node[0].length)
    if (rest.trim() === '') return
    const worded = WORDED_ARROW.exec(rest)
    const arrow = ARROW.exec(rest) ?? (worded && [worded[0], `${worded[1]}${worded[3]}`, worded[2]])
    if (arrow === null)
      throw new DiagramError(
        number,
        `cannot read "${rest.trim()}"; known are -->, -.->, <-->, ---, each with |label| after it, or A -- label --> B`,
      )
    const [all, kind = '', label = ''] = arrow
    line = {
      label: unquote(label),
      dashed: kind.includes('.'),
      arrows: kind.startsWith('<') ? 'both' : kind.endsWith('>') ? 'end' : 'none',
    }
    previous = id
    rest = rest.slice(all.length)
  }
}

function declareBox(model: BoxesModel, node: RegExpExecArray, number: number, group: string | undefined): string {
  const [, id = '', ...rest] = node
  const labels = rest.slice(0, 5)
  const tone = rest[5] ?? 'plain'
  if (tone !== 'plain' && !TONES.includes(tone))
    throw new DiagramError(number, `"${tone}" is no tone; known are ${TONES.join(', ')}`)
  const shapeIndex = labels.findIndex((label) => label !== undefined)
  const known = model.boxes.find((box) => box.id === id)
  const label = labels[shapeIndex]
  if (known === undefined) {
    model.boxes.push({ id, label: unquote(label ?? id), shape: SHAPES[shapeIndex] ?? 'box', tone: tone as Tone, group })
    return id
  }
  if (label !== undefined) Object.assign(known, { label: unquote(label), shape: SHAPES[shapeIndex] ?? 'box' })
  if (tone !== 'plain') known.tone = tone as Tone
  // Named first outside of its group, as edges often are: the group that lists it wins.
  known.group ??= group
  return id
}

const unquote = (label: string) => label.trim().replace(/^"(.*)"$/, '$1')
