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
  const throttle = createThrottle({ db, max: config.loginMax, window: config.loginWindow })

  const routes = Router()
  routes.use(jsonBody())

  routes.post('/register', async (req, res) => {
    const fields = readFields(req.body)
    const email = readEmail(fields)
    const displayName = readLine(fields, 'displayName', 80)
    const password = readText(fields, 'password')
    policy.check(password, { email, displayName })

    const account = await accounts.add({ email, displayName, passwordHash: await passwords.hash(password) })
    if (account === undefined) throw new Problem(409, 'email_taken', 'This e-mail address has an account already')
    res.status(201).json(account)
  })

  routes.post('/login', async (req, res) => {
    const { requestId } = req
    const fields = readFields(req.body)
    const email = readEmail(fields)
    const password = readText(fields, 'password')
    checkLength(password)
    const counted = await throttle.take(email)

    const found = await accounts.findByEmail(email)
    const right = await passwords.verify(password, found?.passwordHash)
    if (found === undefined || found.disabled || !right) {
      log.info('login failed', { event: 'login_failed', requestId, userId: found?.account.id })
      throw new Problem(401, 'invalid_credentials', 'E-mail address or password is wrong')
    }

    await counted.undo()
    const token = await sessions.open(found.account.id)
    log.info('login', { event: 'login', requestId, userId: found.account.id })
    res.json({ ...token, tokenType: 'Bearer' })
  })

  return routes
}
