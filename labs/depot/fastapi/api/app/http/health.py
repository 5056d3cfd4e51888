"""`live`: the process answers. `ready`: it can do its work, which takes the database."""

import asyncpg
from fastapi import APIRouter

from app.db import Db
from app.http.problem import Problem


def create_health_router(db: Db, commit: str | None) -> APIRouter:
    router = APIRouter()
    well = {"status": "ok"} if commit is None else {"status": "ok", "commit": commit}

    @router.get("/live")
    async def live() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/ready")
    async def ready() -> dict[str, str]:
        try:
            await db.row("SELECT 1")
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
            raise Problem(503, "unavailable", "The database does not answer") from error
        return well

    return router
