"""Puts the routes together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI

from app.auth.accounts import Account, Accounts
from app.auth.bearer import require_account
from app.auth.deps import AuthDeps
from app.auth.routes import create_auth_router
from app.auth.sessions import Sessions
from app.config import Config
from app.db import Db
from app.http.errors import install_error_handlers
from app.http.health import create_health_router
from app.http.request_log import RequestLog


def create_app(config: Config) -> FastAPI:
    """The whole API as one application. Connections to the database are made when it starts to serve."""
    db = Db(config.database_url)
    accounts = Accounts(db)
    sessions = Sessions(db, ttl=config.access_ttl)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with db:
            yield

    app = FastAPI(title="Depot", lifespan=lifespan, openapi_url=None, redirect_slashes=False)
    app.add_middleware(RequestLog)
    install_error_handlers(app)

    app.include_router(create_health_router(db, config.commit), prefix="/api/health")
    app.include_router(create_auth_router(AuthDeps(config, db, accounts, sessions)), prefix="/api/auth")

    @app.get("/api/me")
    async def me(account: Annotated[Account, Depends(require_account(sessions))]) -> Account:
        return account

    return app
