import { randomUUID } from 'node:crypto'
import type { RequestHandler } from 'express'
import type { Log } from '../log.ts'

/**
 * Gives each request its id and writes one line when it is over. The id is ours: one that a client sends could be used
 * twice, or be a secret. The path is written without its query, which may hold one too.
 */
export function requestLog(log: Log): RequestHandler {
  return (req, res, next) => {
    const start = performance.now()
    const requestId = randomUUID()
    const path = req.originalUrl.split('?', 1)[0]
    req.requestId = requestId
    res.setHeader('X-Request-Id', requestId)
    res.once('close', () => {
      const ms = Math.round(performance.now() - start)
      const aborted = res.writableFinished ? undefined : true
      log.info('request', { requestId, method: req.method, path, status: res.statusCode, ms, aborted })
    })
    next()
  }
}
