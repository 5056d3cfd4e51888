import { resolve } from 'node:path'

/** Everything that the environment decides. Durations are whole seconds. */
export interface Config {
  host: string
  port: number
  databaseUrl: string
  /** How long an access token is good for. */
  accessTtl: number
  /** How many tries to sign in one address has within `loginWindow`. */
  loginMax: number
  loginWindow: number
  blocklistFile: string
  /** The commit this code was built from, if the build said so. */
  commit: string | undefined
}

type Env = Record<string, string | undefined>

const apiFolder = resolve(import.meta.dirname, '..')

/** Reads the environment once, at the start. Throws with the variable's name when a value cannot be used. */
export function readConfig(env: Env): Config {
  return {
    host: text(env, 'HOST') ?? '127.0.0.1',
    port: whole(env, 'PORT', { default: 3000, min: 0, max: 65535 }),
    databaseUrl: readDatabaseUrl(env),
    accessTtl: whole(env, 'ACCESS_TTL', { default: 900, min: 1 }),
    loginMax: whole(env, 'LOGIN_MAX', { default: 5, min: 1 }),
    loginWindow: whole(env, 'LOGIN_WINDOW', { default: 60, min: 1 }),
    blocklistFile: resolve(text(env, 'BLOCKLIST_FILE') ?? resolve(apiFolder, '../data/blocklist.txt')),
    commit: text(env, 'GIT_COMMIT'),
  }
}

/** The folder of the SQL files, for `migrate.ts`, which needs nothing else but the database. */
export function readMigrationsDir(env: Env): string {
  return resolve(text(env, 'MIGRATIONS_DIR') ?? resolve(apiFolder, '../migrations'))
}

/** The address of the database. The value holds a password, so no message repeats it. */
export function readDatabaseUrl(env: Env): string {
  const value = text(env, 'DATABASE_URL')
  if (value === undefined) throw new Error('DATABASE_URL is not set')
  if (!/^postgres(ql)?:/.test(value) || !URL.canParse(value))
    throw new Error('DATABASE_URL is not a postgres:// address')
  return value
}

/** An empty variable counts as one that is not set: Compose passes `${NAME:-}` on as an empty string. */
function text(env: Env, name: string): string | undefined {
  return env[name] === '' ? undefined : env[name]
}

function whole(env: Env, name: string, rule: { default: number; min: number; max?: number }): number {
  const value = text(env, name)
  if (value === undefined) return rule.default
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN
  if (number >= rule.min && number <= (rule.max ?? Number.MAX_SAFE_INTEGER)) return number
  const range = rule.max === undefined ? `of at least ${rule.min}` : `from ${rule.min} to ${rule.max}`
  throw new Error(`${name} must be a whole number ${range}, not ${JSON.stringify(value)}`)
}
