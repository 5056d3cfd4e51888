"""Gives each request its id, and writes one line when it is over."""

from time import perf_counter
from uuid import uuid4

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.errors import INTERNAL
from app.http.problem import problem_response
from app.log import log


class RequestLog:
    """The outermost layer.

    The id is ours: one that a client sends could be used twice, or be a secret. The path is written without its query,
    which may hold one too. What no handler expected is answered here and not by Starlette's own last resort, which
    stands outside of every middleware: its answer would have no request id, and the line no status.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        request_id = str(uuid4())
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                headers["Cache-Control"] = "no-store"
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception as error:
            log.error("request failed", requestId=request_id, error=error)
            if status == 0:
                await problem_response(INTERNAL)(scope, receive, send_with_id)
        finally:
            ms = round((perf_counter() - started) * 1000)
            log.info("request", requestId=request_id, method=scope["method"], path=scope["path"], status=status, ms=ms)
