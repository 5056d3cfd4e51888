/**
 * Lessons use components without importing them: `<Excerpt … />` just works, and a name that does not exist ends the
 * build with the line and the nearest name. The imports are appended to the end of the MDX, so that line numbers in
 * other errors stay true (islands apart, see addImports).
 */
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AstroIntegration } from 'astro'
import { didYouMean } from '../../workbook/catalog/index.ts'

/** What lessons may use of Starlight. */
const FROM_STARLIGHT = ['Aside', 'Badge', 'FileTree', 'Steps', 'TabItem', 'Tabs']

export function lessonComponents(): AstroIntegration {
  return {
    name: 'lesson-components',
    hooks: {
      'astro:config:setup': ({ config, updateConfig }) => {
        const root = fileURLToPath(config.root)
        const site = fileURLToPath(config.srcDir)
        const known = knownComponents(path.join(site, 'components'), path.join(site, 'islands'))
        updateConfig({
          vite: {
            plugins: [
              {
                name: 'lesson-components',
                enforce: 'pre',
                transform: {
                  order: 'pre',
                  filter: { id: /\.mdx$/ },
                  handler: (code, id) => addImports(code, path.relative(root, id), known),
                },
              },
            ],
          },
        })
      },
    },
  }
}

/** Component name -> import statement, for Starlight's and for every .astro and .tsx file of the given folders. */
export function knownComponents(...folders: string[]): Map<string, string> {
  const files = folders.flatMap((folder) => readdirSync(folder).map((file) => path.join(folder, file)))
  const own = files.filter((file) => /\.(?:astro|tsx)$/.test(file))
  return new Map([
    ...FROM_STARLIGHT.map((name) => [name, `import { ${name} } from '@astrojs/starlight/components'`] as const),
    ...own.map((file) => {
      const name = path.basename(file, path.extname(file))
      return [name, `import ${name} from ${JSON.stringify(file)}`] as const
    }),
  ])
}

/** Appends an import for every known component that the MDX uses and does not import itself. */
export function addImports(mdx: string, file: string, known: Map<string, string>): string {
  const used = usedComponents(mdx)
  const imports: string[] = []
  for (const [name, line] of used) {
    if (importsItself(mdx, name)) continue
    const statement = known.get(name)
    if (statement === undefined) {
      const near = didYouMean(name, known.keys())
      throw new Error(
        `${file}:${line}: <${name}> is no component of the course.${near ? ` Did you mean <${near}>?` : ''} There are: ${[...known.keys()].join(', ')}.`,
      )
    }
    imports.push(statement)
  }
  // Astro wants to see an island's import before its use; this moves the text of such a page down by two lines.
  const [first, last] = [imports.filter((s) => s.endsWith('.tsx"')), imports.filter((s) => !s.endsWith('.tsx"'))]
  const head = /^---\r?\n[\s\S]*?\r?\n---[ \t]*\r?\n/.exec(mdx)?.[0] ?? ''
  const before = first.length === 0 ? '' : `\n${first.join('; ')}\n`
  const after = last.length === 0 ? '' : `\n\n${last.join('\n')}\n`
  return `${head}${before}${mdx.slice(head.length)}${after}`
}

/** Capitalised tags outside code, with the line of the first use. */
function usedComponents(mdx: string): Map<string, number> {
  const found = new Map<string, number>()
  let fence: string | undefined
  for (const [index, line] of mdx.split('\n').entries()) {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1]
    if (mark !== undefined && (fence === undefined || mark.startsWith(fence))) {
      fence = fence === undefined ? mark : undefined
      continue
    }
    if (fence !== undefined) continue
    for (const [, name] of line.replace(/`[^`]*`/g, '').matchAll(/<([A-Z]\w*)(?=[\s/>]|$)/g)) {
      if (name !== undefined && name !== 'Fragment' && !found.has(name)) found.set(name, index + 1)
    }
  }
  return found
}

function importsItself(mdx: string, name: string): boolean {
  return new RegExp(`^(?:import\\b[^\\n]*\\b${name}\\b|export (?:const|function) ${name}\\b)`, 'm').test(mdx)
}
