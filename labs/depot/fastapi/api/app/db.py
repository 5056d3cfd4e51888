"""Connections to Postgres."""

from typing import Any, Self

import asyncpg

# Every wait has an end, so a database that stands still cannot hold requests for ever.
CONNECT_SECONDS = 10
STATEMENT_SECONDS = 10


class Db:
    """A pool of connections, open inside `async with`. The first one is made when it is needed."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool: asyncpg.Pool | None = None

    async def __aenter__(self) -> Self:
        self._pool = await asyncpg.create_pool(
            self._url,
            min_size=0,
            max_size=20,
            timeout=CONNECT_SECONDS,
            command_timeout=STATEMENT_SECONDS + 2,
            server_settings={
                "application_name": "depot-api",
                "statement_timeout": str(STATEMENT_SECONDS * 1000),
            },
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._pool is not None:
            await self._pool.close()

    async def row(self, sql: str, *values: Any) -> asyncpg.Record | None:
        """The first row, or None."""
        async with self._acquire() as connection:
            return await connection.fetchrow(sql, *values)

    async def run(self, sql: str, *values: Any) -> None:
        """A statement whose rows nobody needs."""
        async with self._acquire() as connection:
            await connection.execute(sql, *values)

    def _acquire(self) -> Any:
        if self._pool is None:
            raise RuntimeError("the pool is not open")
        return self._pool.acquire(timeout=CONNECT_SECONDS)
