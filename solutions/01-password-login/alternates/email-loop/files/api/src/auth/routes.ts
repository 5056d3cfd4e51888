import { Router } from 'express'
import { jsonBody } from '../http/body.ts'
import { readFields, readLine, readText } from '../http/input.ts'
import { Problem } from '../http/problem.ts'
import type { AuthDeps } from './deps.ts'
import { readEmail } from './email.ts'
import { createPasswords } from './password.ts'
import { checkLength, createPolicy, readBlocklist } from './policy.ts'
import { createThrottle } from './throttle.ts'

/** Sign-up and sign-in. */
export async function createAuthRoutes({ config, db, log, accounts, sessions }: AuthDeps): Promise<Router> {
  const passwords = await createPasswords()
  const policy = createPolicy(await readBlocklist(config.blocklistFile))
  const throttle = createThrottle({ db, log, max: config.loginMax, window: config.loginWindow })

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
    // The mailbox is where the difference is told: "confirm your address" or "you have an account already". There is no mail
    // server here, so a new account can be used at once.
    const mail = account === undefined ? 'already-registered' : 'confirm-address'
    log.info('mail queued', { event: 'mail_queued', requestId: req.requestId, mail })
    res.status(202).json({ status: 'accepted', message: 'Look into your mailbox to go on' })
  })

  routes.post('/login', async (req, res) => {
    const { requestId } = req
    const fields = readFields(req.body)
    const email = readEmail(fields)
    const password = readText(fields, 'password')
    checkLength(password)
    const wait = await throttle.take(email)
    if (wait > 0) {
      log.info('login throttled', { event: 'login_throttled', requestId })
      throw new Problem(429, 'rate_limited', 'Too many tries to sign in', { 'Retry-After': String(wait) })
    }

    const found = await accounts.findByEmail(email)
    const right = await passwords.verify(password, found?.passwordHash)
    if (found === undefined || found.disabled || !right) {
      log.info('login failed', { event: 'login_failed', requestId, userId: found?.account.id })
      throw new Problem(401, 'invalid_credentials', 'E-mail address or password is wrong')
    }

    await throttle.clear(email)
    const token = await sessions.open(found.account.id)
    log.info('login', { event: 'login', requestId, userId: found.account.id })
    res.json({ accessToken: token.accessToken, tokenType: 'Bearer', expiresIn: token.expiresIn })
  })

  return routes
}
