import { describe, expect, test } from 'vitest'
import { addImports } from './lesson-components.ts'

const known = new Map([
  ['Excerpt', 'import Excerpt from "/site/components/Excerpt.astro"'],
  ['Sources', 'import Sources from "/site/components/Sources.astro"'],
  ['VerdictExplorer', 'import VerdictExplorer from "/site/islands/VerdictExplorer.tsx"'],
])
const page = 'course/01-x/01-y.mdx'
const head = '---\ntitle: x\n---\n'

describe('components of a lesson', () => {
  test('are imported at the end, once each', () => {
    const mdx = `${head}\n<Excerpt file="a" />\n<Excerpt file="b" />\n<Sources />\n`
    expect(addImports(mdx, page, known)).toBe(`${mdx}\n\n${known.get('Excerpt')}\n${known.get('Sources')}\n`)
  })

  test('are imported at the start where they are islands, after the frontmatter', () => {
    const changed = addImports(`${head}\n<VerdictExplorer client:intent />\n`, page, known)
    expect(changed.startsWith(`${head}\n${known.get('VerdictExplorer')}\n\n<VerdictExplorer`)).toBe(true)
  })

  test('are left alone where the lesson imports them itself, or speaks of them in code', () => {
    const mdx = `${head}\nimport Excerpt from './mine.astro'\n\n<Excerpt />\n\n\`<Excerp>\`\n\n\`\`\`mdx\n<Excerp />\n\`\`\`\n`
    expect(addImports(mdx, page, known)).toBe(mdx)
  })

  test('are refused by line where there is none of that name', () => {
    expect(() => addImports(`${head}\n<Excerp file="a" />\n`, page, known)).toThrow(
      'course/01-x/01-y.mdx:5: <Excerp> is no component of the course. Did you mean <Excerpt>?',
    )
  })
})
