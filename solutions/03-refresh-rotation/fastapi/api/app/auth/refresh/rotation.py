"""Rotation: each token is good for one use, which answers with the next one."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from app.auth.accounts import ACCOUNT_COLUMNS, Account
from app.auth.refresh.deps import SessionDeps
from app.auth.refresh.tokens import digest, new_token, seal, unseal
from app.db import Queryable
from app.log import log

# How often ciphertexts are looked for whose grace is over.
SWEEP_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Good:
    family_id: UUID
    account: Account
    refresh_token: str


@dataclass(frozen=True, slots=True)
class Invalid:
    """Unknown, too old, or of a family that is over."""


@dataclass(frozen=True, slots=True)
class Raced:
    """Beaten by a request that was in flight at the same time. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Reused:
    """Used before. The family is over now."""

    family_id: UUID
    user_id: UUID
    ended: bool
    """Whether it was this request that ended it."""


Refused = Invalid | Raced | Reused


class Rotation:
    def __init__(self, deps: SessionDeps) -> None:
        self._db = deps.db
        self._idle = deps.config.refresh_idle
        self._grace = deps.config.reuse_grace

    async def rotate(self, token: str) -> Good | Refused:
        """Consumes a token.

        One transaction for all of it: a crash between the use and the successor must not eat the session, and `now()`,
        its beginning, is what tells a race from a replay.
        """
        async with self._db.transaction() as tx:
            parent = await self._consume(tx, token)
            if parent is None:
                return await self._explain(tx, token)
            refresh_token = new_token()
            await tx.run(
                "INSERT INTO refresh_tokens (family_id, parent_id, hash, sealed) VALUES ($1, $2, $3, $4)",
                parent["family_id"],
                parent["token_id"],
                digest(refresh_token),
                seal(refresh_token, token) if self._grace > 0 else None,
            )
            return Good(parent["family_id"], Account(**parent), refresh_token)

    async def _consume(self, tx: Queryable, token: str) -> asyncpg.Record | None:
        """Looks whether a token may be used and marks it as used, in one statement.

        Of several at once the first one holds the row; the others wait for it, look at the condition again and find
        nothing, on whichever replica they run.
        """
        return await tx.row(
            f"""UPDATE refresh_tokens AS token SET used_at = clock_timestamp(), sealed = NULL
                FROM families JOIN users ON users.id = families.user_id
                WHERE token.hash = $1 AND families.id = token.family_id
                  AND token.used_at IS NULL
                  AND token.created_at > now() - make_interval(secs => $2)
                  AND families.revoked_at IS NULL AND families.ends_at > now()
                  AND users.disabled_at IS NULL
                RETURNING token.id AS token_id, families.id AS family_id, {ACCOUNT_COLUMNS}""",
            digest(token),
            self._idle,
        )

    async def _explain(self, tx: Queryable, token: str) -> Good | Refused:
        """Why a token could not be consumed.

        The grace counts from its first use, of which no replay makes a later one, and covers the parent of the newest
        token alone: the first use of the successor says that the reply arrived. An age may be negative here: whoever
        waited for the row began before it was used.
        """
        row = await tx.row(
            f"""SELECT families.id AS family_id, {ACCOUNT_COLUMNS},
                  families.revoked_at IS NOT NULL OR families.ends_at <= now() OR users.disabled_at IS NOT NULL AS over,
                  token.used_at IS NOT NULL AS used,
                  coalesce(token.used_at >= now(), false) AS overlapped,
                  CASE WHEN token.used_at > now() - make_interval(secs => $2) AND next.used_at IS NULL
                    THEN next.sealed END AS sealed
                FROM refresh_tokens AS token
                JOIN families ON families.id = token.family_id
                JOIN users ON users.id = families.user_id
                LEFT JOIN refresh_tokens AS next ON next.parent_id = token.id
                WHERE token.hash = $1""",
            digest(token),
            self._grace,
        )
        # An ended family has no grace, so its end is looked at first.
        if row is None or row["over"] or not row["used"]:
            return Invalid()
        account = Account(**row)
        if row["sealed"] is not None:
            return Good(row["family_id"], account, unseal(row["sealed"], token))
        # Sent before anybody could know that it had been used. Neither a retry nor a thief.
        if row["overlapped"]:
            return Raced()
        return Reused(row["family_id"], account.id, ended=await self._end(tx, row["family_id"]))

    async def _end(self, tx: Queryable, family_id: UUID) -> bool:
        """Two parties hold this line, and we cannot know which of them is the thief.

        Of several replays at once, one gets True.
        """
        row = await tx.row(
            """UPDATE families SET revoked_at = now(), revoked_for = 'reuse'
               WHERE id = $1 AND revoked_at IS NULL RETURNING id""",
            family_id,
        )
        return row is not None

    async def sweep(self) -> None:
        """Forgets successors whose grace is over, now and then: with an old token and a copy of the table they could be
        read. Rows that somebody is using are left for the next time. Ends when it is cancelled.
        """
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self._db.run(
                    """UPDATE refresh_tokens SET sealed = NULL WHERE id IN (
                         SELECT id FROM refresh_tokens
                         WHERE sealed IS NOT NULL AND created_at <= now() - make_interval(secs => $1)
                         FOR UPDATE SKIP LOCKED)""",
                    self._grace,
                )
            except Exception as error:
                log.error("sweeping refresh_tokens failed", error=error)
