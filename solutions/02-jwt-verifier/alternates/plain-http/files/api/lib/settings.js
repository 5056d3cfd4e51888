import { fileURLToPath } from 'node:url'

const beside = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const { env } = process

export const settings = {
  host: env.HOST || '127.0.0.1',
  port: Number(env.PORT || 3000),
  database: env.DATABASE_URL,
  migrations: env.MIGRATIONS_DIR || beside('migrations'),
  keys: env.JWT_KEYS_DIR || beside('keys'),
  issuer: env.JWT_ISSUER || 'http://127.0.0.1:3000',
  audience: env.JWT_AUDIENCE || 'depot-api',
  seconds: Number(env.ACCESS_TTL || 600),
}

for (const [name, value] of Object.entries(settings)) {
  if (value === undefined || Number.isNaN(value)) throw new Error(`setting "${name}" is missing or not a number`)
}
