import type { IncomingMessage } from 'node:http'
import type { RequestHandler } from 'express'
import { Problem } from '../http/problem.ts'
import type { Sessions } from './sessions.ts'

/** Lets a request through only with a good access token (RFC 6750), and puts its account into `req.account`. */
export function requireAccount(sessions: Sessions): RequestHandler {
  return async (req, _res, next) => {
    const token = readBearer(req)
    const account = token === undefined ? undefined : await sessions.find(token)
    if (account === undefined) {
      const challenge = { 'WWW-Authenticate': 'Bearer error="invalid_token"' }
      throw new Problem(401, 'token_invalid', 'The access token is not valid', challenge)
    }
    req.account = account
    next()
  }
}

/**
 * The token in the one header field that may carry it; undefined for one that is not well formed. Not in the URL, which is
 * logged and passed on, not in the body, and not in a cookie, which the browser would send for anybody's page.
 */
function readBearer(req: IncomingMessage): string | undefined {
  // Node shows the first of several fields alone, and somebody in front of us may have looked at the last.
  const fields = req.headersDistinct.authorization ?? []
  if (fields.length > 1) throw new Problem(400, 'malformed_request', 'There is more than one Authorization field')
  const [scheme, token, ...rest] = (fields[0] ?? '').split(' ')
  if (scheme?.toLowerCase() !== 'bearer') {
    throw new Problem(401, 'token_missing', 'Sign in first', { 'WWW-Authenticate': 'Bearer' })
  }
  return rest.length === 0 ? token : undefined
}
