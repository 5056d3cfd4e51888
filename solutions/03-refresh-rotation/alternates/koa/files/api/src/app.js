import { randomUUID } from 'node:crypto'
import Router from '@koa/router'
import Koa from 'koa'
import { addAccount, findAccount, forgetTries, mayTry, passwordOf, shown } from './accounts.js'
import { signedIn } from './bearer.js'
import { readBody, texts, tokenIn } from './body.js'
import { clearCookie, readCookie, setCookie } from './cookie.js'
import { one } from './db.js'
import { published } from './keys.js'
import { log, trace } from './log.js'
import { checkPassword, fits, hashPassword } from './passwords.js'
import { Refusal } from './refusal.js'
import * as sessions from './sessions.js'
import { settings } from './settings.js'

const EMAIL = /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[a-z\d-]+(\.[a-z\d-]+)*$/i
const wrongPair = () => new Refusal(401, 'invalid_credentials', 'No account has this address and password')

/** Around everything: the request's id, its line in the log, and the form of refusals. */
async function frame(ctx, next) {
  const start = performance.now()
  const requestId = randomUUID()
  ctx.state.requestId = requestId
  ctx.set({ 'X-Request-Id': requestId, 'Cache-Control': 'no-store' })
  ctx.res.once('close', () => {
    const { method, path, status } = ctx
    log({ msg: 'answered', requestId, method, path, status, ms: Math.round(performance.now() - start) })
  })
  try {
    await next()
    if (ctx.status === 404 && ctx.body == null) throw new Refusal(404, 'not_found', 'There is nothing here')
  } catch (error) {
    const refusal = error instanceof Refusal ? error : new Refusal(500, 'internal', 'The server made a mistake')
    if (refusal !== error) log({ level: 'error', msg: 'failed', requestId, ...trace(error) })
    ctx.status = refusal.status
    ctx.set(refusal.headers)
    ctx.body = String(refusal)
    ctx.type = 'application/problem+json'
  }
}

/** Gives both tokens, the refresh token by the way that the client asked for. */
function give(ctx, { refreshToken, secondsLeft, ...access }, byBody) {
  if (byBody) ctx.body = { ...access, refreshToken }
  else {
    setCookie(ctx, refreshToken, secondsLeft)
    ctx.body = access
  }
}

const router = new Router({ prefix: '/api' })

router.get('/health/live', (ctx) => {
  ctx.body = { status: 'live' }
})
router.get('/health/ready', async (ctx) => {
  await one('SELECT 1').catch(() => {
    throw new Refusal(503, 'unavailable', 'The database does not answer')
  })
  ctx.body = { status: 'ready' }
})

router.get('/auth/.well-known/jwks.json', (ctx) => {
  ctx.body = published()
})

router.post('/auth/register', async (ctx) => {
  const { email, password, displayName } = texts(await readBody(ctx), 'email', 'password', 'displayName')
  const address = email.trim()
  if (address.length > 254 || !EMAIL.test(address)) throw new Refusal(422, 'validation', 'email is no address')
  const { length } = Array.from(displayName)
  if (length < 1 || length > 80 || /\p{Cc}/u.test(displayName)) {
    throw new Refusal(422, 'validation', 'displayName is one line of 1 to 80 characters')
  }
  checkPassword(password, { email: address, displayName })
  const account = await addAccount(address, displayName, await hashPassword(password))
  if (account === undefined) throw new Refusal(409, 'email_taken', 'The address has an account')
  ctx.status = 201
  ctx.body = account
})

router.post('/auth/login', async (ctx) => {
  const body = texts(await readBody(ctx), 'email', 'password')
  const { email, password, client = 'browser' } = body
  if (typeof client !== 'string') throw new Refusal(400, 'bad_request', 'client must be a text')
  if (!(await mayTry(email))) {
    throw new Refusal(429, 'rate_limited', 'Too many tries', { 'Retry-After': String(Math.max(1, settings.window)) })
  }
  const address = email.trim()
  const account = EMAIL.test(address) ? await findAccount(address) : undefined
  if (!(await fits(password, account?.password_hash))) throw wrongPair()
  const opened = await sessions.open(account.id, account.password_hash)
  if (opened === undefined) throw wrongPair()
  await forgetTries(email)
  give(ctx, opened, client === 'mobile')
})

router.post('/auth/refresh', async (ctx) => {
  const inBody = tokenIn(await readBody(ctx))
  const note = (event, fields) => log({ msg: 'refresh', event, requestId: ctx.state.requestId, ...fields })
  give(ctx, await sessions.refresh(inBody ?? readCookie(ctx), note), inBody !== undefined)
})

router.post('/auth/logout', async (ctx) => {
  const inBody = tokenIn(await readBody(ctx))
  const inCookie = readCookie(ctx)
  await sessions.leave(inBody)
  await sessions.leave(inCookie)
  if (inCookie !== undefined) clearCookie(ctx)
  ctx.status = 204
})

router.get('/me', signedIn, (ctx) => {
  ctx.body = shown(ctx.state.session)
})

router.post('/auth/logout-all', signedIn, async (ctx) => {
  await sessions.endAll(ctx.state.session.user_id)
  ctx.status = 204
})

router.post('/auth/password', signedIn, async (ctx) => {
  const { session } = ctx.state
  const { currentPassword, newPassword } = texts(await readBody(ctx), 'currentPassword', 'newPassword')
  const wrong = () => new Refusal(403, 'invalid_credentials', 'This is not your current password')
  const hash = await passwordOf(session.user_id)
  if (!(await fits(currentPassword, hash))) throw wrong()
  checkPassword(newPassword, shown(session))
  if (!(await sessions.changePassword(session, hash, await hashPassword(newPassword)))) throw wrong()
  ctx.status = 204
})

router.get('/auth/sessions', signedIn, async (ctx) => {
  ctx.body = await sessions.list(ctx.state.session)
})

router.delete('/auth/sessions/:id', signedIn, async (ctx) => {
  const { id } = ctx.params
  const gone = /^[1-9]\d{0,8}$/.test(id) && (await sessions.end(ctx.state.session.user_id, Number(id)))
  if (!gone) throw new Refusal(404, 'no_such_session', 'You have no such session')
  ctx.status = 204
})

/** The whole API. */
export const app = new Koa().use(frame).use(router.routes())
// What is left for Koa itself to tell, such as a client that went away, is in the log already.
app.silent = true
