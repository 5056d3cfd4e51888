"""Lets a request through only with a good access token (RFC 6750)."""

from collections.abc import Awaitable, Callable

from fastapi import Request

from app.auth.accounts import Account
from app.auth.sessions import Sessions
from app.http.problem import Problem


def require_account(sessions: Sessions) -> Callable[[Request], Awaitable[Account]]:
    """A dependency that gives the account behind the token."""

    async def account_of(request: Request) -> Account:
        token = _read_bearer(request)
        account = None if token is None else await sessions.find(token)
        if account is None:
            challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
            raise Problem(401, "token_invalid", "The access token is not valid", challenge)
        return account

    return account_of


def _read_bearer(request: Request) -> str | None:
    """The token in the one header field that may carry it; None for one that is not well formed.

    Not in the URL, which is logged and passed on, not in the body, and not in a cookie, which the browser would send
    for anybody's page.
    """
    # `headers.get` shows the first of several fields alone, and somebody in front of us may have looked at the last.
    fields = request.headers.getlist("authorization")
    if len(fields) > 1:
        raise Problem(400, "malformed_request", "There is more than one Authorization field")
    scheme, _, token = (fields[0] if fields else "").partition(" ")
    if scheme.lower() != "bearer":
        raise Problem(401, "token_missing", "Sign in first", {"WWW-Authenticate": "Bearer"})
    return token if token and " " not in token else None
