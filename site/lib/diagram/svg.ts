/** Shapes -> SVG text. Colours come from classes in styles/lesson.css. */
import { escapeHtml } from '../text.ts'

export const FONT = 14
export const LINE = 18

export interface Drawing {
  width: number
  height: number
  /** SVG elements, back to front. */
  body: string
}

export type Point = readonly [x: number, y: number]

const n = (value: number) => String(Math.round(value * 10) / 10)

export function rect(x: number, y: number, width: number, height: number, className: string, radius = 4): string {
  return `<rect class="${className}" x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" rx="${n(radius)}"/>`
}

/** Lines of text, centred at x (or starting there), the block's middle at y. */
export function text(
  lines: string[],
  x: number,
  y: number,
  className = '',
  anchor: 'middle' | 'start' = 'middle',
): string {
  const first = y - ((lines.length - 1) * LINE) / 2 + FONT * 0.35
  const attributes = `${className === '' ? '' : ` class="${className}"`}${anchor === 'start' ? ' text-anchor="start"' : ''}`
  if (lines.length === 1) return `<text${attributes} x="${n(x)}" y="${n(first)}">${escapeHtml(lines[0] ?? '')}</text>`
  const spans = lines.map(
    (line, i) => `<tspan x="${n(x)}"${i === 0 ? '' : ` dy="${LINE}"`}>${escapeHtml(line)}</tspan>`,
  )
  return `<text${attributes} y="${n(first)}">${spans.join('')}</text>`
}

/** A line through points with rounded corners. */
export function path(points: readonly Point[], className: string): string {
  const [start, ...others] = points
  if (start === undefined) return ''
  const parts = [`M${n(start[0])} ${n(start[1])}`]
  for (const [i, point] of others.entries()) {
    const before = points[i]
    const after = others[i + 1]
    if (after === undefined || before === undefined) {
      parts.push(`L${n(point[0])} ${n(point[1])}`)
      continue
    }
    const enter = towards(point, before, 8)
    const leave = towards(point, after, 8)
    parts.push(`L${n(enter[0])} ${n(enter[1])}Q${n(point[0])} ${n(point[1])} ${n(leave[0])} ${n(leave[1])}`)
  }
  return `<path class="${className}" d="${parts.join('')}"/>`
}

/** A smooth line through points that leaves each of them along the axis in which the diagram runs. */
export function curve(points: readonly Point[], axis: 'x' | 'y', className: string): string {
  const [start, ...others] = points
  if (start === undefined) return ''
  let d = `M${n(start[0])} ${n(start[1])}`
  for (const [i, [x, y]] of others.entries()) {
    const [px, py] = points[i] ?? start
    const [mx, my] = [(px + x) / 2, (py + y) / 2]
    if (axis === 'y') d += px === x ? `V${n(y)}` : `C${n(px)} ${n(my)} ${n(x)} ${n(my)} ${n(x)} ${n(y)}`
    else d += py === y ? `H${n(x)}` : `C${n(mx)} ${n(py)} ${n(mx)} ${n(y)} ${n(x)} ${n(y)}`
  }
  return `<path class="${className}" d="${d}"/>`
}

/** The point `distance` (or half the way, if that is less) from `from` towards `to`. */
function towards(from: Point, to: Point, distance: number): Point {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]]
  const length = Math.hypot(dx, dy) || 1
  const step = Math.min(distance, length / 2) / length
  return [from[0] + dx * step, from[1] + dy * step]
}

/** An arrow head whose tip is at `tip`, coming from `from`. Drawn as a path: a marker would need an id unique in the page. */
export function head(from: Point, tip: Point): string {
  const angle = Math.atan2(tip[1] - from[1], tip[0] - from[0])
  const corner = (side: number): Point => [
    tip[0] - 9 * Math.cos(angle + side * 0.42),
    tip[1] - 9 * Math.sin(angle + side * 0.42),
  ]
  const [a, b] = [corner(1), corner(-1)]
  return `<path class="d-head" d="M${n(tip[0])} ${n(tip[1])}L${n(a[0])} ${n(a[1])}L${n(b[0])} ${n(b[1])}Z"/>`
}

/** A cross where a message is lost. */
export function cross(x: number, y: number): string {
  return `<path class="d-cross" d="M${n(x - 5)} ${n(y - 5)}l10 10m0-10l-10 10"/>`
}

/** A store: a cylinder around the given rectangle. */
export function cylinder(x: number, y: number, width: number, height: number, className: string): string {
  const r = 6
  const sides = `M${n(x)} ${n(y + r)}v${n(height - 2 * r)}a${n(width / 2)} ${r} 0 0 0 ${n(width)} 0v${n(-(height - 2 * r))}`
  return `<path class="${className}" d="${sides}a${n(width / 2)} ${r} 0 0 0 ${n(-width)} 0a${n(width / 2)} ${r} 0 0 0 ${n(width)} 0"/>`
}

export function diamond(x: number, y: number, width: number, height: number, className: string): string {
  const [w, h] = [width / 2, height / 2]
  return `<path class="${className}" d="M${n(x)} ${n(y + h)}l${n(w)} ${n(-h)}l${n(w)} ${n(h)}l${n(-w)} ${n(h)}z"/>`
}

/** The whole SVG. `ids` name the title and the description that stand outside of it. */
export function toSvg(drawing: Drawing, className: string, title: string, description: string, id: string): string {
  const { width, height, body } = drawing
  return (
    `<svg class="${className}" role="img" aria-labelledby="${id}-t ${id}-d" viewBox="0 0 ${n(width)} ${n(height)}" width="${n(width)}" height="${n(height)}">` +
    `<title id="${id}-t">${escapeHtml(title)}</title><desc id="${id}-d">${escapeHtml(description)}</desc>${body}</svg>`
  )
}
