"""Lets a request through only with a good access token (RFC 6750)."""

from collections.abc import Awaitable, Callable

from fastapi import Request

from app.auth.accounts import Account
from app.auth.sessions import Sessions
from app.http.problem import Problem


def require_account(sessions: Sessions) -> Callable[[Request], Awaitable[Account]]:
    """A dependency that gives the account behind the token."""

    async def account_of(request: Request) -> Account:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise Problem(401, "token_missing", "Sign in first", {"WWW-Authenticate": "Bearer"})
        account = await sessions.find(token) if token else None
        if account is None:
            challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
            raise Problem(401, "token_invalid", "The access token is not valid", challenge)
        return account

    return account_of
