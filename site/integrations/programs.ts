/**
 * Programs that run in the page: bundles their runtime (`workbook/browser`) and the files of labs, and tells the pages their names by the module
 * `virtual:run-files`. No page loads any of it until somebody asks.
 */
import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AstroIntegration } from 'astro'
import { bundleRuntime, type RunFiles } from '../../workbook/browser/bundle.ts'
import { pageFilesOf, pageLabOf, runsInPage } from '../../workbook/browser/lab.ts'
import type { Catalog } from '../../workbook/catalog/index.ts'

const NAME = 'virtual:run-files'
const BASE = '/_run/'
const cryptoInPage = fileURLToPath(new URL('../../workbook/browser/node/crypto.ts', import.meta.url))

interface Made {
  files: Map<string, string | Uint8Array>
  names: RunFiles
  labs: Record<string, { data: string; solution: string }>
}

/** @param options.agent whether the site offers WebContainers */
export function programs(root: string, catalog: Catalog, options: { agent?: boolean } = {}): AstroIntegration {
  let made: Promise<Made> | undefined
  const once = () => {
    made ??= make(root, catalog, options)
    return made
  }
  return {
    name: 'programs',
    hooks: {
      'astro:config:setup': ({ updateConfig }) => {
        updateConfig({
          vite: {
            plugins: [
              {
                name: 'programs',
                enforce: 'pre',
                resolveId(name) {
                  if (name === NAME) return `\0${NAME}`
                  // Checks are written for Node too; in the browser they get the page's.
                  if (name === 'node:crypto' && this.environment.name === 'client') return cryptoInPage
                  return undefined
                },
                load: {
                  filter: { id: new RegExp(`^\0${NAME}$`) },
                  handler: async () => {
                    const { names, labs } = await once()
                    const exports = { files: names, base: BASE, labs }
                    return Object.entries(exports)
                      .map(([key, value]) => `export const ${key} = ${JSON.stringify(value)}`)
                      .join('\n')
                  },
                },
                configureServer(server) {
                  server.middlewares.use(async (request, response, next) => {
                    const [address = ''] = (request.url ?? '').split('?')
                    if (!address.startsWith(BASE)) return next()
                    const content = (await once()).files.get(address.slice(BASE.length))
                    if (content === undefined) return next()
                    if (address.endsWith('.html')) response.setHeader('content-type', 'text/html; charset=utf-8')
                    response.end(content)
                  })
                },
              },
            ],
          },
        })
      },
      'astro:build:done': async ({ dir }) => {
        // Asked for by no page: not written.
        if (made === undefined) return
        const folder = path.join(fileURLToPath(dir), BASE)
        await mkdir(folder, { recursive: true })
        for (const [name, content] of (await made).files) await writeFile(path.join(folder, name), content)
      },
    },
  }
}

async function make(root: string, catalog: Catalog, options: { agent?: boolean }): Promise<Made> {
  const { files, names } = await bundleRuntime(path.join(root, '.workbook', 'cache'), options)
  const labs: Made['labs'] = {}
  const add = (name: string, value: unknown): string => {
    const text = JSON.stringify(value)
    const file = `${name}.${createHash('sha256').update(text).digest('hex').slice(0, 10)}.json`
    files.set(file, text)
    return file
  }
  for (const lab of catalog.labs.filter(runsInPage)) {
    const [starter, solution] = await Promise.all([
      pageFilesOf(root, lab, { kind: 'starter' }),
      pageFilesOf(root, lab, { kind: 'solution' }),
    ])
    // What a learner changes is what differs.
    const open = Object.keys({ ...starter, ...solution })
      .filter((file) => starter[file] !== solution[file] && file in starter)
      .sort()
    const id = lab.id.toLowerCase()
    labs[lab.id] = {
      data: add(`lab-${id}`, { lab: pageLabOf(lab), files: starter, open }),
      solution: add(`lab-${id}-solution`, solution),
    }
  }
  return { files, names, labs }
}
