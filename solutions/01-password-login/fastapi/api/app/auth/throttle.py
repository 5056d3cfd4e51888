"""Limits how often one e-mail address is tried, no matter from where and whether it has an account."""

import asyncio
from time import monotonic

from app.db import Db
from app.log import log

# The tries that still count.
RECENT = """ARRAY(SELECT at FROM unnest(login_tries.tries) AS at
                  WHERE at > clock_timestamp() - make_interval(secs => $2))"""


class Throttle:
    """`limit` tries in any stretch of `window` seconds."""

    def __init__(self, db: Db, *, limit: int, window: int) -> None:
        self._db = db
        self._limit = limit
        self._window = window
        self._sweep_at = 0.0
        self._sweeping: asyncio.Task[None] | None = None

    async def take(self, address: str) -> int:
        """Counts a try before anything else is known about it. Gives 0 when it may go on, else the seconds to wait.

        Reading and counting are one statement that holds the row, so tries that arrive together cannot all find the
        last free place. A refused try is not counted: going on trying does not put the end off.
        """
        self._sweep_now_and_then()
        email = address.lower()
        taken = await self._db.row(
            f"""INSERT INTO login_tries (email, tries, last_try)
                VALUES ($1, ARRAY[clock_timestamp()], clock_timestamp())
                ON CONFLICT (email) DO UPDATE SET tries = {RECENT} || clock_timestamp(), last_try = clock_timestamp()
                WHERE cardinality({RECENT}) < $3
                RETURNING email""",
            email,
            self._window,
            self._limit,
        )
        return 0 if taken is not None else await self._seconds_to_wait(email)

    async def clear(self, address: str) -> None:
        """The owner came in: start afresh."""
        await self._db.run("DELETE FROM login_tries WHERE email = $1", address.lower())

    async def _seconds_to_wait(self, email: str) -> int:
        row = await self._db.row(
            f"""SELECT ceil(extract(epoch FROM min(at) + make_interval(secs => $2) - clock_timestamp()))::int AS seconds
                FROM login_tries, unnest({RECENT}) AS at WHERE email = $1""",
            email,
            self._window,
        )
        return max(1, row["seconds"] or 1) if row is not None else 1

    def _sweep_now_and_then(self) -> None:
        if monotonic() < self._sweep_at:
            return
        self._sweep_at = monotonic() + self._window
        # Kept, because the event loop does not hold on to a task by itself.
        self._sweeping = asyncio.create_task(self._sweep())

    async def _sweep(self) -> None:
        """Forgets addresses that nobody tries any more."""
        try:
            await self._db.run(
                "DELETE FROM login_tries WHERE last_try < now() - make_interval(secs => $1)", self._window
            )
        except Exception as error:
            log.error("sweeping login_tries failed", error=error)
