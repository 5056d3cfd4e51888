import type { RequestHandler } from 'express'
import { Problem } from '../http/problem.ts'
import type { Sessions } from './sessions.ts'

/** Lets a request through only with a good access token (RFC 6750), and puts its account into `req.account`. */
export function requireAccount(sessions: Sessions): RequestHandler {
  return async (req, _res, next) => {
    const [scheme, token, ...rest] = (req.get('authorization') ?? '').split(' ')
    if (scheme?.toLowerCase() !== 'bearer') {
      throw new Problem(401, 'token_missing', 'Sign in first', { 'WWW-Authenticate': 'Bearer' })
    }
    const account = token && rest.length === 0 ? await sessions.find(token) : undefined
    if (account === undefined) {
      const challenge = { 'WWW-Authenticate': 'Bearer error="invalid_token"' }
      throw new Problem(401, 'token_invalid', 'The access token is not valid', challenge)
    }
    req.account = account
    next()
  }
}
