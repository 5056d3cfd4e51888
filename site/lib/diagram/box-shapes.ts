/** The shapes of boxes and groups. */
import type { Box, Group } from './model.ts'
import { cylinder, diamond, rect, text } from './svg.ts'

/** Room inside a group, at each side. */
export const PAD = 14

export interface Area {
  left: number
  top: number
  right: number
  bottom: number
}

export function union(areas: Area[]): Area {
  return {
    left: Math.min(...areas.map((a) => a.left)),
    top: Math.min(...areas.map((a) => a.top)),
    right: Math.max(...areas.map((a) => a.right)),
    bottom: Math.max(...areas.map((a) => a.bottom)),
  }
}

export function drawBox(box: Box, area: Area | undefined, lines: string[]): string {
  if (area === undefined) return ''
  const { left, top } = area
  const [width, height] = [area.right - left, area.bottom - top]
  const className = box.tone === 'plain' ? 'd-box' : `d-box d-${box.tone}`
  const label = text(lines, left + width / 2, top + height / 2 + (box.shape === 'store' ? 5 : 0), 'd-strong')
  if (box.shape === 'store') return cylinder(left, top, width, height, className) + label
  if (box.shape === 'choice') return diamond(left, top, width, height, className) + label
  return rect(left, top, width, height, className, box.shape === 'round' ? Math.min(height / 2, 20) : 4) + label
}

/** A dashed frame with its name on the upper border. */
export function drawGroup(group: Group, area: Area | undefined): string {
  if (area === undefined) return ''
  const { left, top, right, bottom } = area
  return (
    rect(left, top, right - left, bottom - top, 'd-group', 8) + text([group.label], left + PAD, top, 'd-label', 'start')
  )
}
