"""Refreshing, signing out, and the list of one's sessions."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from app.auth.bearer import require_session
from app.auth.models import Presented, SessionEntry, TokenPair
from app.auth.refresh.cookie import clear_refresh_cookie, read_refresh_cookie, set_refresh_cookie
from app.auth.refresh.rotation import Invalid, Raced, Reused
from app.auth.sessions import Bearer, Sessions
from app.http.body import JsonRoute
from app.http.problem import Problem
from app.log import log


def create_refresh_router(sessions: Sessions) -> APIRouter:
    families = sessions.families
    session = Depends(require_session(sessions))
    router = APIRouter(route_class=JsonRoute)

    @router.post("/refresh", response_model_exclude_none=True)
    async def refresh(request: Request, response: Response, presented: Presented | None = None) -> TokenPair:
        token, in_cookie = _read_presented(request, presented)
        outcome = Invalid() if token is None else await sessions.refresh(token)
        # No refusal touches the cookie: the jar is shared, and another tab's reply may have put a good one there.
        match outcome:
            case TokenPair():
                return hand_over(response, outcome, in_cookie=in_cookie)
            case Raced():
                raise Problem(409, "refresh_raced", "Another request has just used this refresh token; use what it got")
            case Reused(family_id, user_id, ended):
                # Of all replays at once, one has ended the family: an incident is one line.
                if ended:
                    log.warn(
                        "refresh token reused",
                        event="refresh_reused",
                        requestId=request.state.request_id,
                        familyId=family_id,
                        userId=user_id,
                    )
                raise Problem(401, "refresh_reused", "This refresh token was used before; its session has been ended")
            case _:
                raise Problem(401, "refresh_invalid", "The refresh token is not valid")

    @router.post("/logout", status_code=204)
    async def logout(request: Request, response: Response, presented: Presented | None = None) -> None:
        token, in_cookie = _read_presented(request, presented)
        if token is not None:
            await families.end_by_token(token)
        if in_cookie:
            clear_refresh_cookie(response)

    @router.post("/logout-all", status_code=204)
    async def logout_all(bearer: Annotated[Bearer, session], response: Response) -> None:
        await families.end_all(bearer.account.id, reason="sign-out-everywhere")
        clear_refresh_cookie(response)

    @router.get("/sessions")
    async def list_sessions(bearer: Annotated[Bearer, session]) -> list[SessionEntry]:
        return [
            SessionEntry(
                id=family.id,
                created_at=family.created_at,
                last_used_at=family.last_used_at,
                current=family.id == bearer.session_id,
            )
            for family in await families.list_of(bearer.account.id)
        ]

    @router.delete("/sessions/{session_id}", status_code=204)
    async def end_session(session_id: str, bearer: Annotated[Bearer, session]) -> None:
        # Somebody else's is not found either: whether an id is there is nobody's business but its owner's.
        if not await families.end_one(session_id, bearer.account.id):
            raise Problem(404, "not_found", "You have no session with this id")

    return router


def hand_over(response: Response, pair: TokenPair, *, in_cookie: bool) -> TokenPair:
    """What signing in and refreshing answer. Members without a value are left out.

    A token that goes into the cookie is not shown to the page's scripts as well.
    """
    if not in_cookie:
        return pair
    set_refresh_cookie(response, pair.refresh_token or "")
    return pair.model_copy(update={"refresh_token": None})


def _read_presented(request: Request, presented: Presented | None) -> tuple[str | None, bool]:
    """The refresh token of a request, and whether it came in the cookie.

    One in the body is there on purpose, so it counts before the cookie's.
    """
    if presented is not None and presented.refresh_token is not None:
        return presented.refresh_token, False
    return read_refresh_cookie(request), True
