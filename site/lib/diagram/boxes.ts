/** Lays out boxes and lines with dagre, and draws them. */
import { type EdgeLabel, Graph, type GraphLabel, layout, type NodeLabel } from '@dagrejs/dagre'
import { type Area, drawBox, drawGroup, PAD, union } from './box-shapes.ts'
import type { Box, BoxesModel, Group, Line } from './model.ts'
import { type Axis, type Ends, portsOf } from './ports.ts'
import { curve, type Drawing, FONT, head, LINE, type Point, text } from './svg.ts'
import { STRONG, widest, wrap } from './text.ts'

const MARGIN = 4

type LayoutGraph = Graph<GraphLabel, NodeLabel, EdgeLabel>

/** What is known of a line once dagre has placed it. */
interface Placed {
  line: Line
  labels: string[]
  /** Points between the two boxes. */
  bends: Point[]
  /** Where the label stands. */
  at: Point
}

/** How much room the page gives. */
export interface Measures {
  /** Where lines run. */
  direction: BoxesModel['direction']
  /** Widest text of a box before it is broken into lines, px. */
  label: number
  /** Space between boxes beside each other, px. */
  gap: number
}

export function layoutBoxes(model: BoxesModel, { direction, label: labelWidth, gap }: Measures): Drawing {
  const labels = new Map(model.boxes.map((box) => [box.id, wrap(box.label, labelWidth / STRONG, FONT)]))
  const graph = new Graph<GraphLabel, NodeLabel, EdgeLabel>({ compound: true, multigraph: true })
  graph.setGraph({ rankdir: direction === 'right' ? 'LR' : 'TB', nodesep: gap, ranksep: 46, edgesep: gap * 0.6 })
  for (const group of model.groups) graph.setNode(group.id, { width: 0, height: 0 })
  for (const box of model.boxes) graph.setNode(box.id, sizeOf(box, labels.get(box.id) ?? [], gap))
  for (const group of model.groups) if (group.parent !== undefined) graph.setParent(group.id, group.parent)
  for (const box of model.boxes) if (box.group !== undefined) graph.setParent(box.id, box.group)
  for (const [i, line] of model.lines.entries()) {
    const words = line.label === '' ? [] : wrap(line.label, labelWidth, FONT)
    const size =
      words.length === 0
        ? {}
        : { width: widest(words, FONT) + 14, height: words.length * LINE + 4, labelpos: 'c' as const }
    graph.setEdge(line.from, line.to, size, String(i))
  }
  layout(graph)

  const axis = direction === 'right' ? 'x' : 'y'
  const areas = new Map(model.boxes.map((box) => [box.id, areaOf(graph, box.id)]))
  const groups = groupAreas(model, areas)
  const placed = model.lines.map((line, i) => placeLine(graph, line, i, labelWidth))
  const shapes = new Map(model.boxes.map((box) => [box.id, { area: areaOf(graph, box.id), shape: box.shape }]))
  const ends = portsOf(placed, shapes, axis)
  const body = [
    ...model.groups.map((group) => drawGroup(group, groups.get(group.id))),
    ...placed.map((p) => drawLine(p, ends.get(p), axis)),
    ...model.boxes.map((box) => drawBox(box, areas.get(box.id), labels.get(box.id) ?? [])),
  ]
  return place(body.join(''), [...areas.values(), ...groups.values(), ...placed.map(labelArea)])
}

function sizeOf(box: Box, lines: string[], gap: number): NodeLabel {
  const width = Math.max(widest(lines, FONT) * STRONG + gap * 0.9, 48)
  const height = lines.length * LINE + 20
  if (box.shape === 'store') return { width, height: height + 10 }
  // The corners of the text must lie inside of the diamond; twice the size would be safe for any text, and is wasteful.
  if (box.shape === 'choice') return { width: width * 1.6, height: height * 1.7 }
  return { width, height }
}

function areaOf(graph: LayoutGraph, id: string): Area {
  const { x = 0, y = 0, width, height } = graph.node(id)
  return { left: x - width / 2, top: y - height / 2, right: x + width / 2, bottom: y + height / 2 }
}

function placeLine(graph: LayoutGraph, line: Line, index: number, labelWidth: number): Placed {
  const { points = [], x = 0, y = 0 } = graph.edge(line.from, line.to, String(index)) as EdgeLabel
  // The first and the last point lie on the boxes; portsOf finds better ones.
  const bends = points.slice(1, -1).map((p): Point => [p.x, p.y])
  return { line, labels: line.label === '' ? [] : wrap(line.label, labelWidth, FONT), bends, at: [x, y] }
}

function labelArea({ labels, at: [x, y] }: Placed): Area {
  const [w, h] = labels.length === 0 ? [0, 0] : [widest(labels, FONT) / 2 + 4, (labels.length * LINE) / 2]
  return labels.length === 0
    ? { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity }
    : { left: x - w, top: y - h, right: x + w, bottom: y + h }
}

function drawLine(placed: Placed, ends: Ends | undefined, axis: Axis): string {
  const { line, labels, bends, at } = placed
  const points = ends === undefined ? bends : [ends.start, ...bends, ends.end]
  const [first, tip] = [points[0], points.at(-1)]
  if (first === undefined || tip === undefined) return ''
  const parts = [curve(points, axis, line.dashed ? 'd-line d-dash' : 'd-line')]
  // A curve arrives along the axis, whatever the last bend is.
  const before = (to: Point, towards: Point): Point =>
    axis === 'y' ? [to[0], to[1] - Math.sign(to[1] - towards[1])] : [to[0] - Math.sign(to[0] - towards[0]), to[1]]
  if (line.arrows !== 'none') parts.push(head(before(tip, points.at(-2) ?? first), tip))
  if (line.arrows === 'both') parts.push(head(before(first, points[1] ?? tip), first))
  if (labels.length > 0) parts.push(text(labels, at[0], at[1], 'd-text'))
  return parts.join('')
}

/** A group is as large as what lies in it, and wide enough for its name on the upper border. */
function groupAreas(model: BoxesModel, boxes: Map<string, Area>): Map<string, Area> {
  const areas = new Map<string, Area>()
  const measure = (group: Group): Area => {
    const known = areas.get(group.id)
    if (known !== undefined) return known
    const members = model.boxes.flatMap((box) => (box.group === group.id ? [boxes.get(box.id)] : []))
    const inner = model.groups.filter((g) => g.parent === group.id).map(measure)
    const { left, top, right, bottom } = union([...members.filter((a) => a !== undefined), ...inner])
    const short = Math.max(0, widest([group.label], FONT) + 8 - (right - left)) / 2
    const area = { left: left - PAD - short, top: top - PAD - 6, right: right + PAD + short, bottom: bottom + PAD }
    areas.set(group.id, area)
    return area
  }
  for (const group of model.groups) measure(group)
  return areas
}

/** Moves everything so that it starts at the margin. */
function place(body: string, areas: Area[]): Drawing {
  const { left, top, right, bottom } = union(areas)
  // Half a line above: the name of a group stands on its border.
  const [x, y] = [MARGIN - left, MARGIN + LINE / 2 - top]
  return {
    width: right - left + 2 * MARGIN,
    height: bottom - top + 2 * MARGIN + LINE / 2,
    body: `<g transform="translate(${x.toFixed(1)} ${y.toFixed(1)})">${body}</g>`,
  }
}
