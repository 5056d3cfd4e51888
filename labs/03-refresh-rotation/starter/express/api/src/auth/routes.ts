import { Router } from 'express'
import { jsonBody } from '../http/body.ts'
import { type Fields, invalid, readFields, readLine, readText } from '../http/input.ts'
import { Problem } from '../http/problem.ts'
import { requireAccount, signedIn } from './bearer.ts'
import type { AuthDeps } from './deps.ts'
import { readEmail } from './email.ts'
import { createPasswords } from './password.ts'
import { checkLength, createPolicy, readBlocklist } from './policy.ts'
import { type Carrier, createRefreshRoutes, sendSignedIn } from './refresh/routes.ts'
import { createThrottle } from './throttle.ts'

/** Sign-up, sign-in, and what comes after it. */
export async function createAuthRoutes({ config, db, log, accounts, sessions }: AuthDeps): Promise<Router> {
  const passwords = await createPasswords()
  const policy = createPolicy(await readBlocklist(config.blocklistFile))
  const throttle = createThrottle({ db, log, max: config.loginMax, window: config.loginWindow })

  /** Counts a try to guess a password, and refuses it when there were too many for this address. */
  async function takeTry(email: string, requestId: string): Promise<void> {
    const wait = await throttle.take(email)
    if (wait === 0) return
    log.info('login throttled', { event: 'login_throttled', requestId })
    throw new Problem(429, 'rate_limited', 'Too many tries to sign in', { 'Retry-After': String(wait) })
  }

  const routes = Router()
  routes.use(jsonBody())

  routes.post('/register', async (req, res) => {
    const fields = readFields(req.body)
    const email = readEmail(fields)
    const displayName = readLine(fields, 'displayName', 80)
    const password = readText(fields, 'password')
    policy.check(password, { email, displayName })

    const passwordHash = await passwords.hash(password)
    const account = await accounts.add({ email, displayName, passwordHash })
    if (account === undefined) throw new Problem(409, 'email_taken', 'This e-mail address has an account already')
    res.status(201).json({ id: account.id, email: account.email, displayName: account.displayName, role: account.role })
  })

  routes.post('/login', async (req, res) => {
    const { requestId } = req
    const fields = readFields(req.body)
    const email = readEmail(fields)
    const password = readText(fields, 'password')
    const carrier = readCarrier(fields)
    checkLength(password)
    await takeTry(email, requestId)

    const found = await accounts.findByEmail(email)
    const right = await passwords.verify(password, found?.passwordHash)
    if (found === undefined || found.disabled || !right) {
      log.info('login failed', { event: 'login_failed', requestId, userId: found?.account.id })
      throw new Problem(401, 'invalid_credentials', 'E-mail address or password is wrong')
    }

    await throttle.clear(email)
    const signedIn = await sessions.open(found.account)
    log.info('login', { event: 'login', requestId, userId: found.account.id })
    sendSignedIn(res, signedIn, carrier)
  })

  routes.post('/password', requireAccount(sessions), async (req, res) => {
    const { requestId } = req
    const { account } = signedIn(req)
    const fields = readFields(req.body)
    const current = readText(fields, 'currentPassword')
    const next = readText(fields, 'newPassword')
    checkLength(current)

    // Whoever holds a stolen access token must not find out the password here, where nobody counts.
    await takeTry(account.email, requestId)
    // 403 and not 401: the access token is good, and a client that is told 401 refreshes it and tries again.
    const wrong = new Problem(403, 'invalid_credentials', 'The current password is wrong')
    const from = (await accounts.findById(account.id))?.passwordHash
    if (from === undefined || !(await passwords.verify(current, from))) throw wrong
    await throttle.clear(account.email)
    policy.check(next, account)

    if (!(await accounts.replacePassword(account.id, { from, to: await passwords.hash(next) }))) throw wrong
    log.info('password changed', { event: 'password_changed', requestId, userId: account.id })
    res.status(204).end()
  })

  routes.use(createRefreshRoutes({ sessions }))
  return routes
}

/** How the client that signs in wants to keep its refresh token. Browsers need not say. */
function readCarrier({ client }: Fields): Carrier {
  if (client === undefined) return 'cookie'
  if (client === 'mobile') return 'body'
  throw invalid('client must be "mobile", or not be there')
}
