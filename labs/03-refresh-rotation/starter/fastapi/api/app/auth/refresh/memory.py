"""What we know about sessions: which refresh tokens are revoked, and who is signed in."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID


@dataclass(slots=True)
class Session:
    id: UUID
    user_id: UUID
    jti: str
    """The id of the refresh token that was issued last."""
    created_at: datetime
    last_used_at: datetime


class Memory:
    def __init__(self) -> None:
        self._revoked: set[str] = set()
        self._sessions: dict[UUID, Session] = {}

    def is_revoked(self, jti: str) -> bool:
        return jti in self._revoked

    def revoke(self, jti: str) -> None:
        self._revoked.add(jti)

    def used(self, session_id: UUID, user_id: UUID, jti: str) -> None:
        """A refresh token was issued."""
        now = datetime.now(UTC)
        before = self._sessions.get(session_id)
        self._sessions[session_id] = Session(session_id, user_id, jti, before.created_at if before else now, now)

    def list_of(self, user_id: UUID) -> list[Session]:
        return [session for session in self._sessions.values() if session.user_id == user_id]

    def end_one(self, session_id: UUID) -> bool:
        """Ends one session. False: there is none with this id."""
        session = self._sessions.pop(session_id, None)
        if session is not None:
            self.revoke(session.jti)
        return session is not None

    def end_all(self, user_id: UUID) -> None:
        """Ends all sessions of an account."""
        for session in self.list_of(user_id):
            self.end_one(session.id)
