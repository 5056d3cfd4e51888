import { fileURLToPath } from 'node:url'

const { env } = process
const beside = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

function whole(name, fallback) {
  const value = Number(env[name] || fallback)
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${name} is not a whole number`)
  return value
}

/** What the environment says. Times are whole seconds. */
export const settings = {
  host: env.HOST || '127.0.0.1',
  port: whole('PORT', 3000),
  database: env.DATABASE_URL,
  migrations: env.MIGRATIONS_DIR || beside('migrations'),
  blocklist: env.BLOCKLIST_FILE || beside('data/blocklist.txt'),
  keys: env.JWT_KEYS_DIR || beside('keys'),
  issuer: env.JWT_ISSUER || 'http://127.0.0.1:3000',
  audience: env.JWT_AUDIENCE || 'depot-api',
  access: whole('ACCESS_TTL', 900),
  idle: whole('REFRESH_IDLE', 1_209_600),
  absolute: whole('REFRESH_ABSOLUTE', 7_776_000),
  grace: whole('REUSE_GRACE', 3),
  tries: whole('LOGIN_MAX', 5),
  window: whole('LOGIN_WINDOW', 60),
}

if (!settings.database) throw new Error('DATABASE_URL is not set')
