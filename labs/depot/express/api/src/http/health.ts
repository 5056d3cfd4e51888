import { Router } from 'express'
import type { Db } from '../db.ts'
import { Problem } from './problem.ts'

/** What the rest of the server tells the health routes. */
export interface Health {
  /** True once the server was asked to stop. */
  draining: boolean
}

export interface HealthDeps {
  db: Db
  health: Health
  commit: string | undefined
}

/** `live`: the process answers. `ready`: it can do its work, which takes the database. */
export function createHealthRoutes({ db, health, commit }: HealthDeps): Router {
  const routes = Router()
  routes.get('/live', (_req, res) => {
    res.json({ status: 'ok' })
  })
  routes.get('/ready', async (_req, res) => {
    if (health.draining) throw new Problem(503, 'unavailable', 'The server is stopping')
    await db.query('SELECT 1').catch(() => {
      throw new Problem(503, 'unavailable', 'The database does not answer')
    })
    res.json({ status: 'ok', commit })
  })
  return routes
}
