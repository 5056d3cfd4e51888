/** What the programs of a stack are started with, from its record. */
import path from 'node:path'
import type { PostgresServer } from '../postgres/server.ts'
import type { StackRecord } from '../registry.ts'
import { pythonPath } from './python.ts'
import { programEnvironment, type ServiceSpec } from './service.ts'

/**
 * @param database name of its database
 * @param redisUrl where it has a Redis
 */
export function specOf(
  record: StackRecord,
  log: string,
  command: readonly string[],
  server: PostgresServer,
  database: string,
  redisUrl: string | undefined,
): ServiceSpec {
  const api = path.join(record.runs, 'api')
  const env = programEnvironment(
    {
      HOST: '127.0.0.1',
      DATABASE_URL: server.url(database),
      MIGRATIONS_DIR: path.join(record.runs, 'migrations'),
      ...(record.blocklistFile === undefined ? {} : { BLOCKLIST_FILE: record.blocklistFile }),
      ...(record.keysDir === undefined ? {} : { JWT_KEYS_DIR: record.keysDir }),
      ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }),
      ...record.env,
    },
    pythonPath(api),
  )
  return { command, cwd: api, env, log }
}
