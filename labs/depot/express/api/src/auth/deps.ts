import type { Config } from '../config.ts'
import type { Db } from '../db.ts'
import type { Log } from '../log.ts'
import type { Accounts } from './accounts.ts'
import type { Sessions } from './sessions.ts'

/** What the routes under `/api/auth` are given. */
export interface AuthDeps {
  config: Config
  db: Db
  log: Log
  accounts: Accounts
  sessions: Sessions
}
