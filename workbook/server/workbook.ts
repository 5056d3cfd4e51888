/** The workbook on the learner's machine: the built site and the API, one origin, loopback only. */
import { randomBytes } from 'node:crypto'
import express from 'express'
import type { Catalog } from '../catalog/index.ts'
import type { Context } from '../session/context.ts'
import { createApi } from './api.ts'
import { onlyThisMachine } from './guard.ts'
import { localPages } from './pages.ts'
import { listen, type StaticSite, securityHeaders, siteFiles } from './static.ts'

export interface Workbook extends StaticSite {
  /** Of this start; every page holds it. */
  token: string
}

/**
 * Listens on 127.0.0.1 and serves `dist` with the API in front.
 * @param options.port 0 takes any free port
 * @throws what `listen` throws: a taken port is an error with the code `EADDRINUSE`
 */
export async function createWorkbook(options: {
  context: Context
  catalog: Catalog
  dist: string
  port: number
}): Promise<Workbook> {
  const { context, catalog, dist, port } = options
  const token = randomBytes(24).toString('base64url')
  const api = createApi(context, catalog, token)
  const app = express()
  app.disable('x-powered-by')
  app.use(securityHeaders)
  app.use(onlyThisMachine)
  app.use('/api', api.router)
  const pages = localPages(dist, token)
  app.use(pages.known)
  app.use(siteFiles(dist, pages.missing))
  const site = await listen(app, { port })
  return {
    ...site,
    token,
    async close() {
      await api.close()
      await site.close()
    },
  }
}
