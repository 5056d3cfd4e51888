"""Families of refresh tokens: beginning, finding and ending them.

All instants are the database's, for all replicas alike.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from app.auth.accounts import ACCOUNT_COLUMNS, Account
from app.auth.refresh.deps import SessionDeps
from app.auth.refresh.tokens import digest, new_token
from app.db import Queryable

# Why a family was ended before its time.
Reason = Literal["reuse", "sign-out", "sign-out-everywhere", "password", "session-list"]

LIVE = "families.revoked_at IS NULL AND families.ends_at > now()"


@dataclass(frozen=True, slots=True)
class Family:
    """A family as its owner sees it."""

    id: UUID
    created_at: datetime
    last_used_at: datetime


class Families:
    def __init__(self, deps: SessionDeps) -> None:
        self._db = deps.db
        self._idle = deps.config.refresh_idle
        self._absolute = deps.config.refresh_absolute

    async def begin(self, user_id: UUID) -> tuple[UUID, str]:
        """Begins a family with its first token. The account's families that are long over go by the way."""
        refresh_token = new_token()
        row = await self._db.row(
            """WITH gone AS (DELETE FROM families WHERE user_id = $1 AND ends_at <= now()),
                 family AS (INSERT INTO families (user_id, ends_at) VALUES ($1, now() + make_interval(secs => $2))
                            RETURNING id)
               INSERT INTO refresh_tokens (family_id, hash) SELECT id, $3 FROM family RETURNING family_id""",
            user_id,
            self._absolute,
            digest(refresh_token),
        )
        if row is None:
            raise RuntimeError("a family was not kept")
        return row["family_id"], refresh_token

    async def account_of(self, family_id: str, user_id: str) -> Account | None:
        """The account of a family that lives, read anew at each use: a role or a disabled account counts at once."""
        family, user = _id(family_id), _id(user_id)
        if family is None or user is None:
            return None
        row = await self._db.row(
            f"""SELECT {ACCOUNT_COLUMNS} FROM families JOIN users ON users.id = families.user_id
                WHERE families.id = $1 AND users.id = $2 AND {LIVE} AND users.disabled_at IS NULL""",
            family,
            user,
        )
        return None if row is None else Account(**row)

    async def list_of(self, user_id: UUID) -> list[Family]:
        """The account's families that can still be refreshed, the one used last first."""
        rows = await self._db.rows(
            f"""SELECT families.id, families.created_at, newest.created_at AS last_used_at
                FROM families CROSS JOIN LATERAL (
                  SELECT max(created_at) AS created_at FROM refresh_tokens WHERE family_id = families.id) AS newest
                WHERE families.user_id = $1 AND {LIVE} AND newest.created_at > now() - make_interval(secs => $2)
                ORDER BY newest.created_at DESC""",
            user_id,
            self._idle,
        )
        return [Family(**row) for row in rows]

    async def end_by_token(self, refresh_token: str) -> None:
        """Ends the family that a token is of, newest or not. Nothing happens to a token that nobody knows."""
        await self._db.run(
            f"""UPDATE families SET revoked_at = now(), revoked_for = 'sign-out'
                FROM refresh_tokens AS token
                WHERE token.hash = $1 AND families.id = token.family_id AND {LIVE}""",
            digest(refresh_token),
        )

    async def end_one(self, family_id: str, user_id: UUID) -> bool:
        """Ends one family of this account. False: the account has none with this id that lives."""
        family = _id(family_id)
        if family is None:
            return False
        row = await self._db.row(
            f"""UPDATE families SET revoked_at = now(), revoked_for = 'session-list'
                WHERE id = $1 AND user_id = $2 AND {LIVE} RETURNING id""",
            family,
            user_id,
        )
        return row is not None

    async def end_all(
        self, user_id: UUID, *, reason: Reason, spare: UUID | None = None, tx: Queryable | None = None
    ) -> None:
        """Ends the families of an account, but for `spare`. `tx` is the transaction that it is to be part of."""
        await (tx or self._db).run(
            f"""UPDATE families SET revoked_at = now(), revoked_for = $2
                WHERE user_id = $1 AND ($3::uuid IS NULL OR id <> $3) AND {LIVE}""",
            user_id,
            reason,
            spare,
        )


def _id(text: str) -> UUID | None:
    """An id that can be looked up. The database refuses others with an error, which would be a 500."""
    try:
        return UUID(text)
    except ValueError:
        return None
