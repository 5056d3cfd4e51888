const SHOWN = 'id, email, display_name AS "displayName", role, org_id AS "orgId"'

export function createUsers(db) {
  const one = async (sql, values) => (await db.query(sql, values)).rows[0]

  return {
    /** The new user, or undefined where the address is taken. */
    async add({ email, displayName, passwordHash }) {
      try {
        return await one(
          `INSERT INTO users (email, display_name, password_hash, org_id)
           SELECT $1, $2, $3, id FROM orgs WHERE slug = 'default' RETURNING ${SHOWN}`,
          [email, displayName, passwordHash],
        )
      } catch (error) {
        if (error.constraint === 'users_email_key') return undefined
        throw error
      }
    },

    byEmail: (email) =>
      one(
        `SELECT id, password_hash AS "passwordHash", disabled_at IS NOT NULL AS disabled FROM users
         WHERE lower(email) = lower($1)`,
        [email],
      ),

    byId: (id) => one(`SELECT ${SHOWN} FROM users WHERE id = $1 AND disabled_at IS NULL`, [id]),
  }
}
