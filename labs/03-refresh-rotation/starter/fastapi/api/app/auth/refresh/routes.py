"""Refreshing, signing out, and the list of one's sessions."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.auth.bearer import require_session
from app.auth.models import Presented, SessionEntry, TokenPair
from app.auth.refresh.cookie import clear_refresh_cookie, read_refresh_cookie, set_refresh_cookie
from app.auth.sessions import Bearer, Sessions
from app.http.body import JsonRoute
from app.http.problem import Problem, problem_response


def create_refresh_router(sessions: Sessions) -> APIRouter:
    memory = sessions.memory
    session = Depends(require_session(sessions))
    router = APIRouter(route_class=JsonRoute)

    @router.post("/refresh", response_model=TokenPair, response_model_exclude_none=True)
    async def refresh(
        request: Request, response: Response, presented: Presented | None = None
    ) -> TokenPair | Response:
        token, in_cookie = _read_presented(request, presented)
        pair = None if token is None else await sessions.refresh(token)
        if pair is None:
            refusal = problem_response(Problem(401, "refresh_invalid", "The refresh token is not valid"))
            # It is of no use any more, so the browser need not keep it.
            clear_refresh_cookie(refusal)
            return refusal
        return hand_over(response, pair, in_cookie=in_cookie)

    @router.post("/logout", status_code=204)
    async def logout(request: Request, response: Response, presented: Presented | None = None) -> None:
        token, _ = _read_presented(request, presented)
        if token is not None:
            await sessions.end_by_token(token)
        clear_refresh_cookie(response)

    @router.post("/logout-all", status_code=204)
    async def logout_all(bearer: Annotated[Bearer, session], response: Response) -> None:
        memory.end_all(bearer.account.id)
        clear_refresh_cookie(response)

    @router.get("/sessions")
    async def list_sessions(bearer: Annotated[Bearer, session]) -> list[SessionEntry]:
        return [
            SessionEntry(
                id=kept.id,
                created_at=kept.created_at,
                last_used_at=kept.last_used_at,
                current=kept.id == bearer.session_id,
            )
            for kept in memory.list_of(bearer.account.id)
        ]

    @router.delete("/sessions/{session_id}", status_code=204)
    async def end_session(session_id: UUID, _: Annotated[Bearer, session]) -> None:
        if not memory.end_one(session_id):
            raise Problem(404, "not_found", "There is no session with this id")

    return router


def hand_over(response: Response, pair: TokenPair, *, in_cookie: bool) -> TokenPair:
    """What signing in and refreshing answer. Members without a value are left out."""
    if not in_cookie:
        return pair
    set_refresh_cookie(response, pair.refresh_token or "")
    return pair.model_copy(update={"refresh_token": None})


def _read_presented(request: Request, presented: Presented | None) -> tuple[str | None, bool]:
    """The refresh token of a request, from its body or its cookie, and whether it was the cookie."""
    if presented is not None and presented.refresh_token is not None:
        return presented.refresh_token, False
    return read_refresh_cookie(request), True
