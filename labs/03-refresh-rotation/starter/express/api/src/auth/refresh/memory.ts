/** A session as its owner sees it. */
export interface Session {
  id: string
  createdAt: Date
  lastUsedAt: Date
}

interface Kept extends Session {
  userId: string
  /** The id of the refresh token that was issued last. */
  jti: string
}

/** What we know about sessions: which refresh tokens are revoked, and who is signed in. */
export function createMemory() {
  const revoked = new Set<string>()
  const sessions = new Map<string, Kept>()

  const end = (session: Kept) => {
    revoked.add(session.jti)
    sessions.delete(session.id)
  }

  return {
    isRevoked: (jti: string) => revoked.has(jti),
    revoke: (jti: string) => void revoked.add(jti),

    /** A refresh token was issued. */
    used(id: string, userId: string, jti: string): void {
      const now = new Date()
      sessions.set(id, { id, userId, jti, createdAt: sessions.get(id)?.createdAt ?? now, lastUsedAt: now })
    },

    listOf(userId: string): Session[] {
      return Array.from(sessions.values())
        .filter((session) => session.userId === userId)
        .map(({ id, createdAt, lastUsedAt }) => ({ id, createdAt, lastUsedAt }))
    },

    /** Ends one session. False: there is none with this id. */
    endOne(id: string): boolean {
      const session = sessions.get(id)
      if (session !== undefined) end(session)
      return session !== undefined
    },

    /** Ends all sessions of an account. */
    endAll(userId: string): void {
      for (const session of sessions.values()) if (session.userId === userId) end(session)
    },
  }
}
