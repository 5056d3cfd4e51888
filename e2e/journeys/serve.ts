/** The workbook of one journey, as a process of its own, so that a test can end it in the middle: `serve.ts <root> <dist> <port>`. */
import { loadCatalog } from '../../workbook/catalog/index.ts'
import { createWorkbook } from '../../workbook/server/workbook.ts'
import { contextOf } from '../../workbook/session/context.ts'
import { endOrphans } from '../../workbook/stack/registry.ts'

const [root = '', dist = '', port = '0'] = process.argv.slice(2)
const context = await contextOf(root, new AbortController().signal, () => {})
await endOrphans(context.places)
const catalog = await loadCatalog(root)
const { close } = await createWorkbook({ context, catalog, dist, port: Number(port) })
process.on('SIGTERM', () => void close().then(() => process.exit(0)))
console.log('ready')
