import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import pg from 'pg'
import { keyRing } from './keys.js'
import { fits, hashPassword } from './passwords.js'
import { settings } from './settings.js'
import { issue, read } from './tokens.js'

const db = new pg.Pool({ connectionString: settings.database, connectionTimeoutMillis: 8000, statement_timeout: 8000 })
db.on('error', () => {})
const one = async (sql, values) => (await db.query(sql, values)).rows[0]
const SHOWN = 'id, email, display_name AS "displayName", role, org_id AS "orgId"'

/** A refusal on its way to the client. */
class Refusal extends Error {
  constructor(status, code, title, headers = {}) {
    super(title)
    Object.assign(this, { status, code, headers })
  }
}

async function json(req) {
  if (!/^application\/json\b/i.test(req.headers['content-type'] ?? ''))
    throw new Refusal(415, 'bad_type', 'JSON is wanted')
  const chunks = []
  let size = 0
  for await (const chunk of req) {
    size += chunk.length
    if (size > 16_384) throw new Refusal(413, 'payload_too_large', 'The body is too large')
    chunks.push(chunk)
  }
  try {
    const value = JSON.parse(Buffer.concat(chunks).toString('utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {}
  throw new Refusal(400, 'bad_request', 'The body is no JSON object')
}

function texts(body, names) {
  for (const name of names) {
    if (typeof body[name] !== 'string' || body[name] === '') throw new Refusal(400, 'validation', `${name} is a text`)
  }
  return body
}

async function register(req) {
  const { email, password, displayName } = texts(await json(req), ['email', 'password', 'displayName'])
  if ([...password].length < 15) throw new Refusal(400, 'password_too_short', 'The password is too short')
  if (password.length > 500) throw new Refusal(400, 'password_too_long', 'The password is too long')
  const user = await one(
    `INSERT INTO users (email, display_name, password_hash, org_id)
     SELECT $1, $2, $3, id FROM orgs WHERE slug = 'default' ON CONFLICT DO NOTHING RETURNING ${SHOWN}`,
    [email.trim(), displayName, await hashPassword(password)],
  )
  if (user === undefined) throw new Refusal(409, 'email_taken', 'There is an account with this address')
  return { status: 201, body: user }
}

async function login(req) {
  const { email, password } = texts(await json(req), ['email', 'password'])
  const user = await one(
    `SELECT ${SHOWN}, password_hash AS hash FROM users WHERE lower(email) = lower($1) AND disabled_at IS NULL`,
    [email],
  )
  const right = user === undefined ? (await hashPassword(password)) === '' : await fits(password, user.hash)
  if (!right) throw new Refusal(401, 'invalid_credentials', 'No account has this address and password')
  // The table wants something unique in place of the token, which is not kept.
  const { id } = await one(
    `INSERT INTO sessions (user_id, token_hash, expires_at)
     VALUES ($1, decode(replace(gen_random_uuid()::text, '-', ''), 'hex'), now() + interval '30 days') RETURNING id`,
    [user.id],
  )
  const accessToken = await issue({ sub: user.id, sid: id, role: user.role, orgId: user.orgId })
  return { status: 200, body: { accessToken, tokenType: 'bearer', expiresIn: settings.seconds } }
}

const bad = () =>
  new Refusal(401, 'token_invalid', 'This token is not good', {
    'www-authenticate': 'Bearer realm="depot", error="invalid_token", error_description="not good"',
  })

async function me(req) {
  const fields = req.headersDistinct.authorization ?? []
  if (fields.length > 1) throw new Refusal(400, 'bad_request', 'One Authorization field is enough')
  if (!/^bearer( |$)/i.test(fields[0] ?? '')) throw new Refusal(401, 'token_missing', 'Sign in first')
  const claims = await read(fields[0].slice('bearer '.length))
  if (claims === undefined) throw bad()
  const user = await one(
    `SELECT ${SHOWN.replace(/^id/, 'users.id')} FROM users JOIN sessions ON sessions.user_id = users.id
     WHERE users.id::text = $1 AND sessions.id::text = $2 AND disabled_at IS NULL AND expires_at > now()`,
    [String(claims.sub), String(claims.sid)],
  )
  if (user === undefined) throw bad()
  return { status: 200, body: user }
}

const routes = {
  'GET /api/health/ready': async () => ({ status: 200, body: {} }),
  'POST /api/auth/register': register,
  'POST /api/auth/login': login,
  'GET /api/me': me,
  'GET /api/auth/.well-known/jwks.json': async () => ({
    status: 200,
    body: { keys: Array.from((await keyRing()).values(), (key) => key.jwk) },
  }),
}

const server = createServer(async (req, res) => {
  const requestId = randomUUID()
  const path = (req.url ?? '').split('?')[0]
  const handle = routes[`${req.method} ${path}`]
  let answer
  try {
    if (handle === undefined) throw new Refusal(404, 'not_found', 'Nothing here')
    answer = await handle(req)
  } catch (error) {
    const { status, code, headers, message } =
      error instanceof Refusal ? error : { status: 500, code: 'internal', headers: {}, message: 'Our mistake' }
    if (status === 500) console.log(JSON.stringify({ level: 'error', requestId, stack: error.stack }))
    answer = { status, headers, body: { status, code, title: message } }
  }
  req.resume()
  res.writeHead(answer.status, { 'content-type': 'application/json', 'x-request-id': requestId, ...answer.headers })
  res.end(JSON.stringify(answer.body))
  console.log(JSON.stringify({ time: new Date(), requestId, method: req.method, path, status: answer.status }))
})
server.listen(settings.port, settings.host)

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    server.close(() => db.end())
    server.closeAllConnections()
  })
}
