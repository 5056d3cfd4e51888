import { createHash } from 'node:crypto'
import { all, one } from './db.js'
import { settings } from './settings.js'

/** What the API shows of a row of `users`, or of one of `living`. */
export const shown = (row) => ({
  id: row.user_id ?? row.id,
  email: row.email,
  displayName: row.display_name,
  role: row.role,
  orgId: row.org_id,
})

/** The new account, or undefined where the address is taken. */
export async function addAccount(email, displayName, hash) {
  const row = await one(
    `INSERT INTO users (org_id, email, display_name, password_hash)
     SELECT id, $1, $2, $3 FROM orgs WHERE slug = 'default'
     ON CONFLICT (lower(email)) DO NOTHING RETURNING *`,
    [email, displayName, hash],
  )
  return row && shown(row)
}

export const findAccount = (email) =>
  one('SELECT id, password_hash FROM users WHERE lower(email) = lower($1) AND disabled_at IS NULL', [email])

export const passwordOf = async (id) =>
  (await one('SELECT password_hash FROM users WHERE id = $1', [id]))?.password_hash

const digest = (email) => createHash('sha256').update(email.trim().toLowerCase()).digest()

/** Counts a try to sign in. False when there were too many in the window that ends now. One more than the limit is remembered, which is enough. */
export async function mayTry(email) {
  const row = await one(
    `INSERT INTO sign_in_tries AS t VALUES ($1, ARRAY[clock_timestamp()])
     ON CONFLICT (who) DO UPDATE SET at = ARRAY(
       SELECT past FROM unnest(t.at) AS past WHERE past > clock_timestamp() - make_interval(secs => $2)
       ORDER BY past DESC LIMIT $3) || clock_timestamp()
     RETURNING cardinality(at) AS tries`,
    [digest(email), settings.window, settings.tries],
  )
  return row.tries <= settings.tries
}

export const forgetTries = (email) => all('DELETE FROM sign_in_tries WHERE who = $1', [digest(email)])
