// Sessions, and how a refresh token is used once.
import { randomUUID } from 'node:crypto'
import { all, one, transaction } from './db.js'
import { Refusal } from './refusal.js'
import { settings } from './settings.js'
import { issueAccess, issueRefresh, readRefresh } from './tokens.js'

const invalid = () => new Refusal(401, 'refresh_invalid', 'This refresh token is not good')
const reused = () => new Refusal(401, 'refresh_reused', 'This refresh token was used before; the session is over')
const raced = () => new Refusal(409, 'refresh_raced', 'Another request used this refresh token at the same moment')

/**
 * Opens a session. Undefined where the account has another password by now, or is disabled: a sign-in that was under way when the password changed
 * leaves nothing behind, whichever of the two the database does first.
 */
export async function open(userId, passwordHash) {
  const session = await one(
    `WITH forgotten AS (
       DELETE FROM sign_ins WHERE user_id = $1 AND ends_at < now() - interval '30 days'
     ), opened AS (
       INSERT INTO sign_ins (user_id, epoch, ends_at, idle_at)
       SELECT id, epoch, now() + make_interval(secs => $3), now() + make_interval(secs => $4)
       FROM users WHERE id = $1 AND password_hash = $2 AND disabled_at IS NULL
       RETURNING *)
     SELECT opened.*, users.role, users.org_id, $3::integer AS seconds_left
     FROM opened JOIN users ON users.id = opened.user_id`,
    [userId, passwordHash, settings.absolute, settings.idle],
  )
  return session && credentials(session)
}

/** What is needed to write both tokens of a session. */
const GIVEN = `id, living.user_id, living.role, living.org_id, generation, token_id,
  ceil(extract(epoch FROM living.ends_at - now()))::integer AS seconds_left`

async function credentials(session) {
  const refreshToken = await issueRefresh(session.id, session.generation, session.token_id)
  return { ...(await issueAccess(session)), refreshToken, secondsLeft: session.seconds_left }
}

/**
 * Uses a refresh token. The row of its session is locked first: requests of one session come one after the other, on whatever replica, and each
 * sees what the one before it did.
 * @param note is told of what is to be traced: (event, fields)
 */
export async function refresh(token, note) {
  const given = token && (await readRefresh(token))
  if (!given) throw invalid()
  const outcome = await transaction((row) => turn(given, row))
  if (outcome.event) note(outcome.event, { familyId: given.sid, userId: outcome.userId, generation: given.generation })
  if (outcome.refusal) throw outcome.refusal
  return credentials(outcome.session)
}

/** One transaction: the token becomes the next one, is answered again, or ends the session. */
async function turn({ sid, generation, tokenId }, row) {
  const held = await row(
    `SELECT user_id AS "userId", generation, token_id,
            turned_at > now() - make_interval(secs => $2) AS "inGrace",
            turned_at >= now() AS "underWayTogether"
     FROM sign_ins WHERE id = $1 FOR UPDATE`,
    [sid, settings.grace],
  )
  if (held === undefined || generation > held.generation) return { refusal: invalid() }
  // A statement of its own: it sees the account as it is now that the lock is ours.
  const session = await row(`SELECT ${GIVEN} FROM sign_ins JOIN living USING (id) WHERE id = $1`, [sid])

  if (generation === held.generation) {
    if (session === undefined || tokenId !== held.token_id) return { refusal: invalid() }
    const next = await row(
      `UPDATE sign_ins SET generation = generation + 1, token_id = $2, turned_at = clock_timestamp(),
              idle_at = clock_timestamp() + make_interval(secs => $3)
       WHERE id = $1 RETURNING generation, token_id`,
      [sid, randomUUID(), settings.idle],
    )
    return { session: { ...session, ...next } }
  }

  const { userId } = held
  const parent = generation === held.generation - 1
  if (parent && settings.grace > 0 && held.inGrace && session) return { session, event: 'refresh_repeated', userId }
  const together = parent && settings.grace === 0 && held.underWayTogether
  await row("UPDATE sign_ins SET ended_at = now(), ended_by = 'reuse' WHERE id = $1 AND ended_at IS NULL", [sid])
  if (together) return { refusal: raced(), event: 'refresh_raced', userId }
  return { refusal: session ? reused() : invalid(), event: 'refresh_reused', userId }
}

/** Ends the session of a refresh token, of whatever generation it is. */
export async function leave(token) {
  const given = token && (await readRefresh(token))
  if (given) {
    await all("UPDATE sign_ins SET ended_at = now(), ended_by = 'logout' WHERE id = $1 AND ended_at IS NULL", [
      given.sid,
    ])
  }
}

/** The living session of an access token, with its account: `id`, and the columns of the account, `user_id` being its id. */
export const findLiving = ({ sid, sub }) => one('SELECT * FROM living WHERE id = $1 AND user_id = $2', [sid, sub])

export async function list({ id, user_id }) {
  const rows = await all('SELECT * FROM living WHERE user_id = $1 ORDER BY id DESC', [user_id])
  return rows.map((row) => ({
    id: row.id,
    createdAt: row.began_at,
    lastUsedAt: row.turned_at,
    current: row.id === id,
  }))
}

/** Ends one living session of an account. False where it has none with this id. */
export async function end(userId, id) {
  const rows = await all(
    `UPDATE sign_ins SET ended_at = now(), ended_by = 'list'
     WHERE id = $1 AND ended_at IS NULL AND id IN (SELECT id FROM living WHERE user_id = $2) RETURNING id`,
    [id, userId],
  )
  return rows.length === 1
}

export const endAll = (userId) => all('UPDATE users SET epoch = epoch + 1 WHERE id = $1', [userId])

/**
 * Sets another password and takes this one session along to the account's next number. False where the password is not the one that was compared.
 */
export const changePassword = ({ id, user_id }, from, to) =>
  transaction(async (row) => {
    const user = await row(
      'UPDATE users SET password_hash = $3, epoch = epoch + 1 WHERE id = $1 AND password_hash = $2 RETURNING epoch',
      [user_id, from, to],
    )
    if (user === undefined) return false
    // Only from the number before: a session that was signed out in the meantime stays so.
    await row('UPDATE sign_ins SET epoch = $2 WHERE id = $1 AND epoch = $2 - 1', [id, user.epoch])
    return true
  })
