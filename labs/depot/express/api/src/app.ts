import express, { type Express } from 'express'
import { createAccounts } from './auth/accounts.ts'
import { requireAccount } from './auth/bearer.ts'
import { createAuthRoutes } from './auth/routes.ts'
import { createSessions } from './auth/sessions.ts'
import type { Config } from './config.ts'
import type { Db } from './db.ts'
import { handleErrors, notFound } from './http/errors.ts'
import { createHealthRoutes, type Health } from './http/health.ts'
import { requestLog } from './http/request-log.ts'
import type { Log } from './log.ts'

export interface AppDeps {
  config: Config
  db: Db
  log: Log
  health: Health
}

/** The whole API as one Express application. When the promise resolves it can serve. */
export async function createApp({ config, db, log, health }: AppDeps): Promise<Express> {
  const accounts = createAccounts(db)
  const sessions = createSessions(db, { ttl: config.accessTtl })

  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.use(requestLog(log))
  app.use((_req, res, next) => {
    res.setHeader('Cache-Control', 'no-store')
    if (health.draining) res.setHeader('Connection', 'close')
    next()
  })

  app.use('/api/health', createHealthRoutes({ db, health, commit: config.commit }))
  app.use('/api/auth', await createAuthRoutes({ config, db, log, accounts, sessions }))
  app.get('/api/me', requireAccount(sessions), (req, res) => {
    res.json(req.account)
  })

  app.use(notFound)
  app.use(handleErrors(log))
  return app
}
