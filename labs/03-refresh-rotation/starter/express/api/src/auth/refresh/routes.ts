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
export function createRefreshRoutes({ sessions }: Pick<AuthDeps, 'sessions'>): Router {
  const routes = Router()

  routes.post('/refresh', async (req, res) => {
    const { token, carrier } = readPresented(req)
    const fresh = token === undefined ? undefined : await sessions.refresh(token)
    if (fresh === undefined) {
      // It is of no use any more, so the browser need not keep it.
      clearRefreshCookie(res)
      throw new Problem(401, 'refresh_invalid', 'The refresh token is not valid')
    }
    sendSignedIn(res, fresh, carrier)
  })

  routes.post('/logout', async (req, res) => {
    const { token } = readPresented(req)
    if (token !== undefined) await sessions.endByToken(token)
    clearRefreshCookie(res)
    res.status(204).end()
  })

  const account = requireAccount(sessions)

  routes.post('/logout-all', account, (req, res) => {
    sessions.endAll(signedIn(req).account.id)
    clearRefreshCookie(res)
    res.status(204).end()
  })

  routes.get('/sessions', account, (req, res) => {
    const { account, sessionId } = signedIn(req)
    res.json(sessions.listOf(account.id).map((session) => ({ ...session, current: session.id === sessionId })))
  })

  routes.delete('/sessions/:id', account, (req, res) => {
    if (!sessions.endOne(String(req.params.id))) throw new Problem(404, 'not_found', 'There is no session with this id')
    res.status(204).end()
  })

  return routes
}

/** What signing in and refreshing answer. */
export function sendSignedIn(res: Response, signedIn: SignedIn, carrier: Carrier): void {
  const { accessToken, expiresIn, refreshToken } = signedIn
  if (carrier === 'cookie') setRefreshCookie(res, refreshToken)
  const shown = carrier === 'body' ? { refreshToken } : {}
  res.json({ accessToken, tokenType: 'Bearer', expiresIn, ...shown })
}

/** The refresh token of a request, from its body or its cookie. */
function readPresented(req: Request): { token: string | undefined; carrier: Carrier } {
  const { refreshToken } = req.body === undefined ? {} : readFields(req.body)
  if (typeof refreshToken === 'string') return { token: refreshToken, carrier: 'body' }
  return { token: readRefreshCookie(req), carrier: 'cookie' }
}
