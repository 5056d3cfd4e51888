const { env } = process

/** The settings, or an error that names the one that is missing or no number. */
export const settings = {
  host: env.HOST || '127.0.0.1',
  port: count('PORT', 3000),
  databaseUrl: required('DATABASE_URL'),
  migrations: env.MIGRATIONS_DIR || `${import.meta.dirname}/../../migrations`,
  blocklist: env.BLOCKLIST_FILE || `${import.meta.dirname}/../../data/blocklist.txt`,
  loginMax: count('LOGIN_MAX', 5),
  loginWindow: count('LOGIN_WINDOW', 60),
  tokenSeconds: count('ACCESS_TTL', 1800),
}

function required(name: string): string {
  const value = env[name]
  if (!value) throw new Error(`${name} is not set`)
  return value
}

function count(name: string, fallback: number): number {
  const value = Number(env[name] || fallback)
  if (!Number.isInteger(value) || value < 0) throw new Error(`${name} is not a whole number`)
  return value
}
