import { Router } from 'express'
import { jsonBody } from '../http/body.ts'
import { readFields, readLine, readText } from '../http/input.ts'
import { Problem } from '../http/problem.ts'
import type { AuthDeps } from './deps.ts'
import { readEmail } from './email.ts'
import { hashPassword, verifyPassword } from './password.ts'
import { checkPassword } from './policy.ts'

/** Sign-up and sign-in. */
export async function createAuthRoutes({ log, accounts, sessions }: AuthDeps): Promise<Router> {
  const routes = Router()
  routes.use(jsonBody())

  routes.post('/register', async (req, res) => {
    const fields = readFields(req.body)
    const email = readEmail(fields)
    const displayName = readLine(fields, 'displayName', 80)
    const password = readText(fields, 'password')
    checkPassword(password)

    const account = await accounts.add({ email, displayName, passwordHash: hashPassword(password) })
    if (account === undefined) throw new Problem(409, 'email_taken', 'This e-mail address has an account already')
    res.status(201).json({ id: account.id, email: account.email, displayName: account.displayName, role: account.role })
  })

  routes.post('/login', async (req, res) => {
    const { requestId } = req
    const fields = readFields(req.body)
    const email = readEmail(fields)
    const password = readText(fields, 'password')

    const found = await accounts.findByEmail(email)
    if (found === undefined) throw new Problem(404, 'unknown_account', 'There is no account with this e-mail address')
    if (found.disabled) throw new Problem(403, 'account_disabled', 'This account is disabled')
    if (!verifyPassword(password, found.passwordHash)) {
      log.info('login failed', { event: 'login_failed', requestId, userId: found.account.id })
      throw new Problem(401, 'invalid_credentials', 'The password is wrong')
    }

    const token = await sessions.open(found.account.id)
    log.info('login', { event: 'login', requestId, userId: found.account.id })
    res.json({ accessToken: token.accessToken, tokenType: 'Bearer', expiresIn: token.expiresIn })
  })

  return routes
}
