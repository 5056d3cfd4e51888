/** A diagram in sentences: what a screen reader is told, and what stands below the picture for whoever wants it. */
import type { BoxesModel, DiagramModel, SequenceModel, Step } from './model.ts'

/** An outline: a sentence, and what belongs under it. */
export interface Words {
  text: string
  inner: Words[]
}

export function inWords(model: DiagramModel): Words[] {
  return model.kind === 'sequence' ? sequence(model) : boxes(model)
}

/** One line that says what kind of picture it is and what takes part. */
export function summary(model: DiagramModel): string {
  return model.kind === 'sequence'
    ? `Sequence between ${list(model.actors.map((a) => a.label))}. The steps are written out below the picture.`
    : `Boxes and the lines between them: ${list(model.boxes.map((b) => b.label))}. The lines are written out below the picture.`
}

function sequence(model: SequenceModel): Words[] {
  const name = (id: string) => model.actors.find((a) => a.id === id)?.label ?? id
  const say = (step: Step): Words => {
    if (step.kind === 'note') return { text: `(${list(step.over.map(name))}: ${step.text})`, inner: [] }
    if (step.kind === 'message') {
      const arrow = step.from === step.to ? `${name(step.from)}, to itself` : `${name(step.from)} to ${name(step.to)}`
      return { text: `${arrow}${step.lost ? ', lost on the way' : ''}: ${step.text}`, inner: [] }
    }
    const parts = step.parts.map((part, i) => ({
      text: `${i === 0 ? step.word : 'else'} ${part.label}`.trim(),
      inner: part.steps.map(say),
    }))
    const [only] = parts
    if (only !== undefined && only.text === '') return { text: 'One part:', inner: only.inner }
    return parts.length === 1 && only !== undefined ? only : { text: 'Either', inner: parts }
  }
  return model.steps.map(say)
}

function boxes(model: BoxesModel): Words[] {
  const name = (id: string) => model.boxes.find((b) => b.id === id)?.label ?? id
  const lines = model.lines.map((line) => {
    const way = line.arrows === 'end' ? 'to' : 'and'
    return {
      text: `${name(line.from)} ${way} ${name(line.to)}${line.label === '' ? '' : `: ${line.label}`}`,
      inner: [],
    }
  })
  const groups = model.groups.map((group) => {
    const members = [
      ...model.boxes.filter((b) => b.group === group.id).map((b) => b.label),
      ...model.groups.filter((g) => g.parent === group.id).map((g) => g.label),
    ]
    return { text: `${group.label} holds ${list(members)}`, inner: [] }
  })
  return [...groups, ...lines]
}

const list = (items: string[]) =>
  items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
