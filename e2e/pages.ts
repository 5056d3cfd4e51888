/** What is in `dist/`: every page that a reader can open. */
import { globSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Catalog, loadCatalog } from '../workbook/catalog/index.ts'

export const root = fileURLToPath(new URL('..', import.meta.url))
export const dist = path.join(root, 'dist')

/** URL paths of all pages, `/404.html` among them. */
export const pages: string[] = globSync('**/*.html', { cwd: dist })
  // The frame that programs run in is no page: nobody sees it.
  .filter((file) => !file.startsWith(`_run${path.sep}`))
  .map(
    (file) =>
      `/${file
        .split(path.sep)
        .join('/')
        .replace(/index\.html$/, '')}`,
  )
  .sort()

export const catalog: Catalog = await loadCatalog(root)

/** The pages of lessons and labs. */
export const lessons = catalog.modules.flatMap((module) => module.lessons)
