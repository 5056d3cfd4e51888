import { randomBytes } from 'node:crypto'
import Fastify, { LogController } from 'fastify'
import { createBuckets } from './bucket.js'
import { JsonError, parseJson } from './json.js'
import { hashPassword, passwordFits } from './passwords.js'
import { brokenRule, loadBlocklist } from './rules.js'
import { issueToken, readToken } from './tokens.js'
import { createUsers } from './users.js'

const EMAIL = '^[!-?A-~]{1,64}@[A-Za-z0-9.-]{1,253}$'
const NO_CONTROLS = '^[^\\p{Cc}\\p{Cs}]*$'
const WHOLE = '^[^\\p{Cs}]*$'
const text = (more) => ({ type: 'string', ...more })
const fields = (properties) => ({ type: 'object', properties, required: Object.keys(properties) })

const SIGN_UP = fields({
  email: text({ pattern: EMAIL, maxLength: 254 }),
  password: text({ pattern: WHOLE }),
  displayName: text({ minLength: 1, maxLength: 80, pattern: NO_CONTROLS }),
})
// Anything may be tried as an address: what is none belongs to nobody.
const SIGN_IN = fields({
  email: text({ maxLength: 320, pattern: WHOLE }),
  password: text({ maxLength: 1000, pattern: WHOLE }),
})

const TITLES = {
  invalid_credentials: 'No account has this address and password',
  rate_limited: 'Too many tries on this address',
  email_taken: 'There is an account with this address',
  password_too_short: 'The password has fewer than 15 characters',
  password_too_long: 'The password has more than 256 characters',
  password_blocked: 'The password is too well known or too close to your account',
  token_invalid: 'Sign in first',
  not_found: 'Nothing here',
  bad_request: 'The request cannot be used',
  internal: 'Our mistake',
}

export async function createApp({ db, settings }) {
  const users = createUsers(db)
  const buckets = createBuckets(settings)
  const blocklist = await loadBlocklist(settings.blocklist)

  const app = Fastify({
    bodyLimit: 16 * 1024,
    logger: { base: undefined, timestamp: () => `,"time":"${new Date().toISOString()}"` },
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: ({ headers }) => {
      const id = headers['x-request-id']
      return typeof id === 'string' && /^[\w.-]{1,128}$/.test(id) ? id : randomBytes(12).toString('base64url')
    },
    // Ajv as Fastify sets it up turns [“x”] into “x” and 1 into “1”.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
    // An address that cannot be decoded gets this far without any hook.
    frameworkErrors: (_error, request, reply) => {
      request.log.info({ method: request.method, status: 400 }, 'done')
      refuse(reply, request, 400, 'bad_request')
    },
    clientErrorHandler,
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request, body) => parseJson(body))

  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  app.addHook('onResponse', async (request, reply) => {
    const { method, url } = request
    request.log.info({ method, path: url.split('?')[0], status: reply.statusCode, ms: reply.elapsedTime }, 'done')
  })
  app.setNotFoundHandler((request, reply) => refuse(reply, request, 404, 'not_found'))
  app.setErrorHandler((error, request, reply) => {
    if (error instanceof JsonError || error.validation) return refuse(reply, request, 400, 'bad_request')
    if (error.statusCode >= 400 && error.statusCode < 500)
      return refuse(reply, request, error.statusCode, 'bad_request')
    request.log.error({ error: error.name, code: error.code, stack: error.stack }, 'failed')
    return refuse(reply, request, 500, 'internal')
  })

  app.get('/api/health/ready', async () => ({ ready: true }))

  app.post('/api/auth/register', { schema: { body: SIGN_UP } }, async (request, reply) => {
    const { email, password, displayName } = request.body
    const rule = brokenRule(password, { email, displayName, blocklist })
    if (rule !== undefined) return refuse(reply, request, 400, rule)
    const user = await users.add({ email, displayName, passwordHash: await hashPassword(password) })
    if (user === undefined) return refuse(reply, request, 409, 'email_taken')
    reply.code(201)
    return { ...user, links: { signIn: '/api/auth/login' } }
  })

  app.post('/api/auth/login', { schema: { body: SIGN_IN } }, async (request, reply) => {
    const { email, password } = request.body
    const key = email.toLowerCase()
    if (!buckets.take(key)) {
      reply.header('retry-after', settings.seconds)
      return refuse(reply, request, 429, 'rate_limited')
    }
    const user = new RegExp(EMAIL).test(email) ? await users.byEmail(email) : undefined
    // For an address without an account: as much work, thrown away.
    const fits =
      user === undefined ? (await hashPassword(password)) === '' : await passwordFits(password, user.passwordHash)
    if (!fits || user.disabled) return refuse(reply, request, 401, 'invalid_credentials')
    buckets.refund(key)
    return {
      expiresIn: settings.tokenSeconds,
      tokenType: 'bearer',
      accessToken: issueToken(user.id, settings.tokenSeconds),
      user: { id: user.id },
    }
  })

  app.get('/api/me', async (request, reply) => {
    const [, token] = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? []
    const id = token && readToken(token)
    const user = id && (await users.byId(id))
    if (!user) {
      reply.header('www-authenticate', 'Bearer realm="depot"')
      return refuse(reply, request, 401, 'token_invalid')
    }
    return user
  })

  return app
}

function refuse(reply, request, status, code) {
  reply.code(status).header('x-request-id', request.id).type('application/json')
  return reply.send({ code, title: TITLES[code], status, requestId: request.id, at: new Date().toISOString() })
}

/** What is no HTTP at all. */
function clientErrorHandler(error, socket) {
  if (error.code === 'ECONNRESET' || !socket.writable) return socket.destroy()
  const requestId = randomBytes(12).toString('base64url')
  const body = JSON.stringify({ code: 'bad_request', title: TITLES.bad_request, status: 400, requestId })
  this.log.info({ requestId, status: 400, code: error.code }, 'done')
  socket.end(
    `HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\nx-request-id: ${requestId}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  )
}
