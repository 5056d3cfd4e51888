/**
 * `import { Code } from '@astrojs/starlight/components'` brings the styles of every component that file names onto the page, used or not.
 * Here such an import is turned into one for each component, so that a page has the styles of what is on it.
 */
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AstroIntegration } from 'astro'

const STARLIGHT = '@astrojs/starlight/components'
const folder = path.join(path.dirname(fileURLToPath(import.meta.resolve(STARLIGHT))), 'user-components')

export function leanStarlight(): AstroIntegration {
  return {
    name: 'lean-starlight',
    hooks: {
      'astro:config:setup': ({ updateConfig }) => {
        updateConfig({
          vite: {
            plugins: [
              {
                name: 'lean-starlight',
                enforce: 'pre',
                transform: { order: 'pre', filter: { id: /\.(?:astro|mdx)$/ }, handler: (code) => splitImports(code) },
              },
            ],
          },
        })
      },
    },
  }
}

/** The code with one import for each component, on the same line. */
export function splitImports(code: string): string {
  return code.replace(
    /^import \{([\w\s,]+)\} from (['"])@astrojs\/starlight\/components\2/gm,
    (_whole, names: string) =>
      names
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '')
        .map(importOf)
        .join('; '),
  )
}

const importOf = (name: string) =>
  name === 'Code'
    ? `import { Code } from 'astro-expressive-code/components'`
    : `import ${name} from ${JSON.stringify(path.join(folder, `${name}.astro`))}`
