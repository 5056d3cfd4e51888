import { randomBytes } from 'node:crypto'
import { Hono } from 'hono'
import { readStrings } from './body.ts'
import { settings } from './env.ts'
import { createRules, fits, hashPassword } from './password.ts'
import { problem, Refusal } from './refusal.ts'
import type { Store } from './store.ts'

const PROBLEM = { 'Content-Type': 'application/problem+json' }

export const newRequestId = () => `r-${randomBytes(10).toString('hex')}`

export const log = (line: Record<string, unknown>) =>
  console.log(JSON.stringify({ time: new Date(), level: 'info', ...line }))

/** The API. */
export function createApp(store: Store) {
  const checkPassword = createRules(settings.blocklist)
  const app = new Hono<{ Variables: { requestId: string } }>()

  app.use(async (c, next) => {
    const start = Date.now()
    const requestId = newRequestId()
    c.set('requestId', requestId)
    await next()
    c.header('X-Request-Id', requestId)
    log({
      msg: 'answered',
      requestId,
      method: c.req.method,
      path: c.req.path,
      status: c.res.status,
      ms: Date.now() - start,
    })
  })

  app.onError((error, c) => {
    if (error instanceof Refusal) {
      return c.body(problem(error.status, error.code, error.message), error.status, { ...PROBLEM, ...error.headers })
    }
    log({ level: 'error', msg: 'failed', requestId: c.get('requestId'), error: error.name, stack: error.stack })
    return c.body(problem(500, 'internal', 'The server failed'), 500, PROBLEM)
  })
  app.notFound((c) => c.body(problem(404, 'not_found', 'No such address'), 404, PROBLEM))

  app.get('/api/health/ready', (c) => c.body(null, 204))

  app.post('/api/auth/register', async (c) => {
    const { email, password, displayName } = await readStrings(c, 'email', 'password', 'displayName')
    const address = readAddress(email)
    const size = Array.from(displayName).length
    if (size < 1 || size > 80 || /\p{Cc}/u.test(displayName))
      throw new Refusal(422, 'validation', 'displayName does not fit')
    checkPassword(password, [address.slice(0, address.indexOf('@')), displayName, 'depot'])
    const user = await store.addUser(address, displayName, await hashPassword(password))
    if (user === undefined) throw new Refusal(409, 'email_taken', 'The address is taken')
    return c.json(user, 201)
  })

  app.post('/api/auth/login', async (c) => {
    const { email, password } = await readStrings(c, 'email', 'password')
    const address = readAddress(email)
    const comeBack = await store.countTry(address)
    if (comeBack !== undefined) {
      // Dates in HTTP have whole seconds: round up.
      const date = new Date(Math.ceil(comeBack.getTime() / 1000) * 1000).toUTCString()
      throw new Refusal(429, 'rate_limited', 'Too many tries', { 'Retry-After': date })
    }
    const user = await store.findUser(address)
    const right = await fits(password, user?.hash)
    if (!user?.active || !right) throw new Refusal(401, 'invalid_credentials', 'Sign-in failed')
    await store.forgetTries(address)
    const accessToken = await store.openSession(user.id, settings.tokenSeconds)
    return c.json({ tokenType: 'Bearer', accessToken, expiresIn: settings.tokenSeconds, scope: 'all' })
  })

  app.get('/api/me', async (c) => {
    const token = /^Bearer (\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
    const user = token === undefined ? undefined : await store.userOfSession(token)
    if (user === undefined) throw new Refusal(401, 'unauthorized', 'Sign in first', { 'WWW-Authenticate': 'Bearer' })
    return c.json(user)
  })

  return app
}

function readAddress(email: string): string {
  const address = email.trim()
  if (!/^[\w.+'-]{1,64}@[a-z\d.-]{1,180}$/i.test(address)) throw new Refusal(422, 'validation', 'email is no address')
  return address
}
