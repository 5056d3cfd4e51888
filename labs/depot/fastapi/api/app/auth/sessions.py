"""Sessions with an opaque access token: 256 random bits for the client, their SHA-256 for the table."""

import hashlib
import secrets
from uuid import UUID

from app.auth.accounts import ACCOUNT_COLUMNS, Account
from app.auth.models import Token
from app.db import Db


class Sessions:
    def __init__(self, db: Db, *, ttl: int) -> None:
        self._db = db
        self._ttl = ttl

    async def open(self, user_id: UUID) -> Token:
        """Signs an account in. Its sessions that are over go from the table by the way."""
        access_token = secrets.token_urlsafe(32)
        await self._db.run(
            """WITH gone AS (DELETE FROM sessions WHERE user_id = $1 AND expires_at <= now())
               INSERT INTO sessions (user_id, token_hash, expires_at)
               VALUES ($1, $2, now() + make_interval(secs => $3))""",
            user_id,
            _digest(access_token),
            self._ttl,
        )
        return Token(access_token=access_token, expires_in=self._ttl)

    async def find(self, access_token: str) -> Account | None:
        """The account behind a token, as long as the session lives and the account is not disabled."""
        row = await self._db.row(
            f"""SELECT {ACCOUNT_COLUMNS} FROM sessions JOIN users ON users.id = sessions.user_id
                WHERE token_hash = $1 AND expires_at > now() AND disabled_at IS NULL""",
            _digest(access_token),
        )
        return None if row is None else Account(**row)


def _digest(access_token: str) -> bytes:
    return hashlib.sha256(access_token.encode()).digest()
