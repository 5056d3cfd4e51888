/**
 * Takes the place of what Vite puts around every `import()` in the browser: 0.9 kB on each page to preload what a chunk needs. Here a chunk's
 * styles are loaded with it, and its scripts come when the browser asks for them: from this machine that takes no time.
 */
import type { AstroIntegration } from 'astro'

/** The name that Vite 8 gives its helper. Another one would bring the helper back, and e2e/budget.spec.ts would say so. */
const HELPER = '\0vite/preload-helper.js'

const CODE = `
const styles = new Map()
const style = (file) => {
  if (!styles.has(file)) styles.set(file, new Promise((resolve) => {
    const link = document.createElement('link')
    link.rel = 'stylesheet'
    link.href = '/' + file
    link.onload = link.onerror = resolve
    document.head.append(link)
  }))
  return styles.get(file)
}
export const __vitePreload = async (load, files = []) => {
  await Promise.all(files.filter((file) => file.endsWith('.css')).map(style))
  return load()
}
`

export function smallImports(): AstroIntegration {
  return {
    name: 'small-imports',
    hooks: {
      'astro:config:setup': ({ command, updateConfig }) => {
        if (command !== 'build') return
        updateConfig({
          vite: {
            plugins: [
              {
                name: 'small-imports',
                enforce: 'pre',
                load: {
                  order: 'pre',
                  filter: { id: /preload-helper/ },
                  handler: (id) => (id === HELPER ? CODE : undefined),
                },
              },
            ],
          },
        })
      },
    },
  }
}
