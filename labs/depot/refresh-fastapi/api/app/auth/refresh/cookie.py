"""The browser's refresh token."""

from typing import Any

from fastapi import Request, Response

NAME = "__Host-depot_refresh"
# The same for setting and for clearing: a browser keeps cookies apart by their attributes, and one that is cleared with
# another path stays. A name with `__Host-` is taken only with Secure, with the path `/` and without a domain.
ATTRIBUTES: dict[str, Any] = {"path": "/", "secure": True, "httponly": True, "samesite": "strict"}


def read_refresh_cookie(request: Request) -> str | None:
    """The refresh token in the request's cookies."""
    return request.cookies.get(NAME) or None


def set_refresh_cookie(response: Response, token: str) -> None:
    """Gives the browser a refresh token. How long it is good for is the server's affair, so the cookie does not say."""
    response.set_cookie(NAME, token, **ATTRIBUTES)


def clear_refresh_cookie(response: Response) -> None:
    """Takes the browser's refresh token away."""
    response.delete_cookie(NAME, **ATTRIBUTES)
