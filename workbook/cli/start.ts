import { loadCatalog } from '../catalog/index.ts'
import { ownerOfPort } from '../doctor/ports.ts'
import { createWorkbook } from '../server/workbook.ts'
import { contextOf } from '../session/context.ts'
import { buildSite } from '../session/site.ts'
import { UsageError } from '../session/usage.ts'
import { endOrphans } from '../stack/registry.ts'
import { EnvironmentTrouble } from '../stack/types.ts'
import type { Invocation } from './main.ts'

const PORT = 4321

/** `npm start`: builds the site where something changed, serves it on loopback until Ctrl-C. */
export default async function start({ root, signal }: Invocation): Promise<number> {
  const port = Number(process.env.PORT ?? PORT)
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new UsageError(`PORT must be a port number, not "${process.env.PORT}".`)
  const context = await contextOf(root, signal, (text) => process.stderr.write(`${text}\n`))
  const ended = await endOrphans(context.places)
  if (ended.length > 0) context.progress(`Ended what an interrupted command had left running: ${ended.join(', ')}.`)
  const dist = await buildSite(root, signal, context.progress)
  const catalog = await loadCatalog(root)
  const site = await createWorkbook({ context, catalog, dist, port }).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error
    throw new EnvironmentTrouble(
      `Port ${port} is taken by ${(await ownerOfPort(port)) ?? 'a process that cannot be seen from here'}.`,
      `End that process, or choose another port: PORT=${port + 1} npm start`,
    )
  })
  process.stdout.write(`The workbook is at ${site.url}   (Ctrl-C ends it)\n`)
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  await site.close()
  return 0
}
