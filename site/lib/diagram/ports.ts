/** Where lines meet boxes: spread along the side of the box, in the order in which they come, so that none crosses another there. */
import type { Area } from './box-shapes.ts'
import type { Line, Shape } from './model.ts'
import type { Point } from './svg.ts'

/** The direction in which the diagram runs. */
export type Axis = 'x' | 'y'

export interface Ends {
  start: Point
  end: Point
}

interface Routed {
  line: Line
  bends: Point[]
}

interface Outline {
  area: Area
  shape: Shape
}

/** One end of a line at one side of a box. */
interface End {
  set: (at: Point) => void
  box: Outline
  /** The line leaves on the side where the axis goes, not where it comes from. */
  far: boolean
  /** Where the line goes next, across the axis. */
  order: number
}

export function portsOf<L extends Routed>(lines: L[], boxes: Map<string, Outline>, axis: Axis): Map<L, Ends> {
  const ports = new Map<L, Ends>()
  const sides = new Map<string, End[]>()
  for (const routed of lines) {
    const [from, to] = [boxes.get(routed.line.from), boxes.get(routed.line.to)]
    if (from === undefined || to === undefined) continue
    const ends: Ends = { start: middle(from.area), end: middle(to.area) }
    ports.set(routed, ends)
    const add = (id: string, box: Outline, next: Point, set: End['set']) => {
      const far = along(next, axis) > along(middle(box.area), axis)
      const side = `${id} ${far}`
      sides.set(side, [...(sides.get(side) ?? []), { set, box, far, order: across(next, axis) }])
    }
    add(routed.line.from, from, routed.bends[0] ?? ends.end, (at) => {
      ends.start = at
    })
    add(routed.line.to, to, routed.bends.at(-1) ?? ends.start, (at) => {
      ends.end = at
    })
  }
  for (const ends of sides.values()) {
    ends.sort((a, b) => a.order - b.order)
    for (const [i, { set, box, far }] of ends.entries()) set(onSide(box, far, (i + 1) / (ends.length + 1), axis))
  }
  return ports
}

/** The point at a share of a side's length; on a diamond the side runs to a tip. */
function onSide({ area, shape }: Outline, far: boolean, share: number, axis: Axis): Point {
  const { left, top, right, bottom } = area
  const depth = axis === 'y' ? bottom - top : right - left
  const inwards = shape === 'choice' ? Math.abs(share - 0.5) * depth : 0
  const sign = far ? -1 : 1
  return axis === 'y'
    ? [left + (right - left) * share, (far ? bottom : top) + sign * inwards]
    : [(far ? right : left) + sign * inwards, top + (bottom - top) * share]
}

const middle = (area: Area): Point => [(area.left + area.right) / 2, (area.top + area.bottom) / 2]
const along = ([x, y]: Point, axis: Axis) => (axis === 'y' ? y : x)
const across = ([x, y]: Point, axis: Axis) => (axis === 'y' ? x : y)
