/** An empty cell in the head of a table, as in the corner of a matrix, heads nothing: it becomes an ordinary cell. */
import type { AstroIntegration } from 'astro'

interface HastElement {
  type: 'element'
  tagName: string
  properties: Record<string, unknown>
  children: unknown[]
}

interface HastPlugin {
  name: string
  element: { filter: string[]; visit: (node: HastElement) => HastElement | undefined }
}

export function accessibleTables(): AstroIntegration {
  return {
    name: 'accessible-tables',
    hooks: {
      'astro:config:setup': ({ config }) => {
        const { options } = config.markdown.processor as unknown as { options: { hastPlugins: HastPlugin[] } }
        options.hastPlugins.push(emptyHeadCells)
      },
    },
  }
}

const emptyHeadCells: HastPlugin = {
  name: 'empty-head-cells',
  element: {
    filter: ['th'],
    visit: (node) => (node.children.length === 0 ? { ...node, tagName: 'td' } : undefined),
  },
}
