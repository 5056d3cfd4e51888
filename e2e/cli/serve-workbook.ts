/** The local server of a checkout as a program of its own, so that tests can kill it: with the checkout's own `dist/`, not built here. */
import path from 'node:path'
import { loadCatalog } from '../../workbook/catalog/index.ts'
import { createWorkbook } from '../../workbook/server/workbook.ts'
import { contextOf } from '../../workbook/session/context.ts'
import { endOrphans } from '../../workbook/stack/registry.ts'

const root = path.resolve(import.meta.dirname, '..', '..')
const context = await contextOf(root, new AbortController().signal, () => {})
const ended = await endOrphans(context.places)
const catalog = await loadCatalog(root)
const workbook = await createWorkbook({ context, catalog, dist: path.join(root, 'dist'), port: 0 })
process.once('SIGTERM', async () => {
  await workbook.close()
  // What is left over would keep it alive, and a test would see it.
})
process.stdout.write(`${JSON.stringify({ url: workbook.url, token: workbook.token, ended })}\n`)
