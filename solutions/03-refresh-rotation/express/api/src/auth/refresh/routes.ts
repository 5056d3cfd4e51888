import { type Request, type Response, Router } from 'express'
import { readFields } from '../../http/input.ts'
import { Problem } from '../../http/problem.ts'
import { requireAccount, signedIn } from '../bearer.ts'
import type { AuthDeps } from '../deps.ts'
import type { SignedIn } from '../sessions.ts'
import { clearRefreshCookie, readRefreshCookie, setRefreshCookie } from './cookie.ts'

/** How a client keeps its refresh token: in a cookie, or, where there is no cookie jar, by itself. */
export type Carrier = 'cookie' | 'body'

/** Refreshing, signing out, and the list of one's sessions. */
export function createRefreshRoutes({ log, sessions }: Pick<AuthDeps, 'log' | 'sessions'>): Router {
  const routes = Router()

  routes.post('/refresh', async (req, res) => {
    const { requestId } = req
    const presented = readPresented(req)
    const outcome = presented === undefined ? undefined : await sessions.refresh(presented.token)
    // No refusal touches the cookie: the jar is shared, and another tab's reply may have put a good one there already.
    switch (outcome?.is) {
      case 'good':
        return sendSignedIn(res, outcome.signedIn, presented?.carrier ?? 'cookie')
      case 'raced':
        throw new Problem(409, 'refresh_raced', 'Another request has just used this refresh token; use what it got')
      case 'reused': {
        const { familyId, userId } = outcome
        // Of all replays at once, one has ended the family: an incident is one line.
        if (outcome.ended) log.warn('refresh token reused', { event: 'refresh_reused', requestId, familyId, userId })
        throw new Problem(401, 'refresh_reused', 'This refresh token was used before, and its session has been ended')
      }
      default:
        throw new Problem(401, 'refresh_invalid', 'The refresh token is not valid')
    }
  })

  routes.post('/logout', async (req, res) => {
    const presented = readPresented(req)
    if (presented !== undefined) await sessions.endByToken(presented.token)
    if (presented?.carrier !== 'body') clearRefreshCookie(res)
    res.status(204).end()
  })

  const account = requireAccount(sessions)

  routes.post('/logout-all', account, async (req, res) => {
    await sessions.endAll(signedIn(req).account.id, { reason: 'sign-out-everywhere' })
    clearRefreshCookie(res)
    res.status(204).end()
  })

  routes.get('/sessions', account, async (req, res) => {
    const { account, sessionId } = signedIn(req)
    const list = await sessions.listOf(account.id)
    res.json(list.map((session) => ({ ...session, current: session.id === sessionId })))
  })

  routes.delete('/sessions/:id', account, async (req, res) => {
    // Somebody else's is not found either: whether an id is there is nobody's business but its owner's.
    const found = await sessions.endOne(String(req.params.id), signedIn(req).account.id)
    if (!found) throw new Problem(404, 'not_found', 'You have no session with this id')
    res.status(204).end()
  })

  return routes
}

/** What signing in and refreshing answer. A token that goes into the cookie is not shown to the page's scripts as well. */
export function sendSignedIn(res: Response, signedIn: SignedIn, carrier: Carrier): void {
  const { accessToken, expiresIn, refreshToken } = signedIn
  if (carrier === 'cookie') setRefreshCookie(res, refreshToken)
  const shown = carrier === 'body' ? { refreshToken } : {}
  res.json({ accessToken, tokenType: 'Bearer', expiresIn, ...shown })
}

/** The refresh token of a request. One in the body is there on purpose, so it counts before the cookie's. */
function readPresented(req: Request): { token: string; carrier: Carrier } | undefined {
  const { refreshToken } = req.body === undefined ? {} : readFields(req.body)
  if (refreshToken !== undefined) {
    // What is no text is no token, as any other text that we did not issue.
    return typeof refreshToken === 'string' ? { token: refreshToken, carrier: 'body' } : undefined
  }
  const token = readRefreshCookie(req)
  return token === undefined ? undefined : { token, carrier: 'cookie' }
}
