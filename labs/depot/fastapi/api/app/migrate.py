"""Brings the tables up to date: `python -m app.migrate`.

Applies the SQL files of the migrations folder that were not applied yet, in the order of their names, each in a
transaction of its own. Run once before the API starts.
"""

import asyncio
import hashlib
import os
import sys
from pathlib import Path

import asyncpg

from app.config import read_database_url, read_migrations_dir
from app.log import log

# Any number will do, as long as every copy of this program takes the same lock.
LOCK = 7_231_001


async def migrate(connection: asyncpg.Connection, folder: Path) -> None:
    """Applies what is new in `folder`. Raises where a file was changed after it had been applied."""
    await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
    await connection.execute(
        """CREATE TABLE IF NOT EXISTS schema_migrations (
             name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"""
    )
    applied = dict(await connection.fetch("SELECT name, sha256 FROM schema_migrations"))

    for file in sorted(folder.glob("*.sql")):
        content = file.read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        before = applied.get(file.name)
        if before == sha256:
            continue
        if before is not None:
            raise RuntimeError(f"{file.name} was changed after it had been applied; put the change into a new file")
        await apply(connection, file.name, content.decode(), sha256)
        log.info("migration applied", name=file.name)


async def apply(connection: asyncpg.Connection, name: str, sql: str, sha256: str) -> None:
    """Applies one file and notes that it was applied, both or neither."""
    try:
        async with connection.transaction():
            await connection.execute(sql)
            await connection.execute("INSERT INTO schema_migrations (name, sha256) VALUES ($1, $2)", name, sha256)
    except asyncpg.PostgresError as error:
        raise RuntimeError(f"{name} failed: {error}") from error


async def main() -> int:
    """Returns the exit code."""
    try:
        connection = await asyncpg.connect(
            read_database_url(os.environ),
            timeout=10,
            server_settings={"application_name": "depot-migrate"},
        )
        try:
            await migrate(connection, read_migrations_dir(os.environ))
        finally:
            await connection.close()
    except Exception as error:
        log.error(str(error), error=error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
