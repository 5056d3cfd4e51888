/** Lays out boxes and lines with dagre, and draws them. */
import { type EdgeLabel, Graph, type GraphLabel, layout, type NodeLabel } from '@dagrejs/dagre'
import type { Box, BoxesModel, Group } from './model.ts'
import { cylinder, type Drawing, diamond, FONT, head, LINE, path, rect, text } from './svg.ts'
import { widest, wrap } from './text.ts'

const MARGIN = 4
/** Room inside a group: at its sides, and above its boxes for the name. */
const PAD = 14
const GROUP_HEAD = 28

interface Area {
  left: number
  top: number
  right: number
  bottom: number
}

/**
 * @param direction where lines run; a narrow page always runs down
 * @param labelWidth widest text of a box before it is broken into lines
 */
export function layoutBoxes(model: BoxesModel, direction: BoxesModel['direction'], labelWidth: number): Drawing {
  const graph = new Graph<GraphLabel, NodeLabel, EdgeLabel>({ compound: true, multigraph: true })
  graph.setGraph({ rankdir: direction === 'right' ? 'LR' : 'TB', nodesep: 34, ranksep: 44, edgesep: 18 })
  const labels = new Map(model.boxes.map((box) => [box.id, wrap(box.label, labelWidth, FONT)]))
  for (const group of model.groups) graph.setNode(group.id, { width: 0, height: 0 })
  for (const box of model.boxes) graph.setNode(box.id, sizeOf(box, labels.get(box.id) ?? []))
  for (const group of model.groups) if (group.parent !== undefined) graph.setParent(group.id, group.parent)
  for (const box of model.boxes) if (box.group !== undefined) graph.setParent(box.id, box.group)
  const lineLabels = model.lines.map((line) => (line.label === '' ? [] : wrap(line.label, labelWidth, FONT)))
  for (const [i, line] of model.lines.entries()) {
    const lines = lineLabels[i] ?? []
    const size = lines.length === 0 ? {} : { width: widest(lines, FONT) + 14, height: lines.length * LINE + 4, labelpos: 'c' as const }
    graph.setEdge(line.from, line.to, { ...size }, String(i))
  }
  layout(graph)

  const areas = groupAreas(model, graph)
  const front: string[] = []
  const area = (id: string) => nodeArea(graph, id)
  for (const [i, line] of model.lines.entries()) {
    const edge = graph.edge(line.from, line.to, String(i)) as EdgeLabel
    const points = (edge.points ?? []).map((p) => [p.x, p.y] as const)
    const [first, second] = points
    const [tip, beforeTip] = [points.at(-1), points.at(-2)]
    if (!first || !second || !tip || !beforeTip) continue
    front.push(path(points, line.dashed ? 'd-line d-dash' : 'd-line'))
    if (line.arrows !== 'none') front.push(head(beforeTip, tip))
    if (line.arrows === 'both') front.push(head(second, first))
    const lines = lineLabels[i] ?? []
    if (lines.length > 0) front.push(text(lines, edge.x ?? 0, edge.y ?? 0, 'd-text'))
  }
  for (const box of model.boxes) front.push(drawBox(box, area(box.id), labels.get(box.id) ?? []))

  const back = model.groups.map((group) => drawGroup(group, areas.get(group.id)))
  const all = [...model.boxes.map((box) => area(box.id)), ...areas.values(), ...labelAreas(model, graph)]
  return place([...back, ...front].join(''), all)
}

function sizeOf(box: Box, lines: string[]): NodeLabel {
  const width = Math.max(widest(lines, FONT) + 28, 60)
  const height = lines.length * LINE + 20
  if (box.shape === 'store') return { width, height: height + 10 }
  if (box.shape === 'choice') return { width: width * 1.5, height: height * 1.5 }
  return { width, height }
}

function nodeArea(graph: Graph<GraphLabel, NodeLabel, EdgeLabel>, id: string): Area {
  const { x = 0, y = 0, width, height } = graph.node(id)
  return { left: x - width / 2, top: y - height / 2, right: x + width / 2, bottom: y + height / 2 }
}

/** Where the texts of lines lie, so that none is cut off at the border. */
function labelAreas(model: BoxesModel, graph: Graph<GraphLabel, NodeLabel, EdgeLabel>): Area[] {
  return model.lines.flatMap((line, i) => {
    const { x, y, width = 0, height = 0 } = graph.edge(line.from, line.to, String(i)) as EdgeLabel
    return x === undefined || y === undefined ? [] : [{ left: x - width / 2, top: y - height / 2, right: x + width / 2, bottom: y + height / 2 }]
  })
}

/** A group is as large as what lies in it, with room for its name. Inner groups come first. */
function groupAreas(model: BoxesModel, graph: Graph<GraphLabel, NodeLabel, EdgeLabel>): Map<string, Area> {
  const areas = new Map<string, Area>()
  const measure = (group: Group): Area => {
    const known = areas.get(group.id)
    if (known !== undefined) return known
    const inside = [
      ...model.boxes.filter((box) => box.group === group.id).map((box) => nodeArea(graph, box.id)),
      ...model.groups.filter((inner) => inner.parent === group.id).map(measure),
    ]
    const { left, top, right, bottom } = union(inside)
    const nameWidth = widest([group.label], FONT) + 2 * PAD
    const area = { left: left - PAD, top: top - GROUP_HEAD, right: Math.max(right + PAD, left - PAD + nameWidth), bottom: bottom + PAD }
    areas.set(group.id, area)
    return area
  }
  for (const group of model.groups) measure(group)
  return areas
}

function union(areas: Area[]): Area {
  return {
    left: Math.min(...areas.map((a) => a.left)),
    top: Math.min(...areas.map((a) => a.top)),
    right: Math.max(...areas.map((a) => a.right)),
    bottom: Math.max(...areas.map((a) => a.bottom)),
  }
}

function drawBox(box: Box, { left, top, right, bottom }: Area, lines: string[]): string {
  const className = box.tone === 'plain' ? 'd-box' : `d-box d-${box.tone}`
  const [width, height] = [right - left, bottom - top]
  const middle = top + height / 2 + (box.shape === 'store' ? 5 : 0)
  const shape =
    box.shape === 'store'
      ? cylinder(left, top, width, height, className)
      : box.shape === 'choice'
        ? diamond(left, top, width, height, className)
        : rect(left, top, width, height, className, box.shape === 'round' ? height / 2 : 4)
  return shape + text(lines, left + width / 2, middle, 'd-strong')
}

function drawGroup(group: Group, area: Area | undefined): string {
  if (area === undefined) return ''
  const { left, top, right, bottom } = area
  return rect(left, top, right - left, bottom - top, 'd-group', 8) + text([group.label], left + PAD, top + GROUP_HEAD / 2, 'd-label', 'start')
}

/** Moves everything so that it starts at the margin. */
function place(body: string, areas: Area[]): Drawing {
  const { left, top, right, bottom } = union(areas)
  return {
    width: right - left + 2 * MARGIN,
    height: bottom - top + 2 * MARGIN,
    body: `<g transform="translate(${(MARGIN - left).toFixed(1)} ${(MARGIN - top).toFixed(1)})">${body}</g>`,
  }
}
