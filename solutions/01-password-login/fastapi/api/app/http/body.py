"""How bodies are read. FastAPI by itself takes one of any length, and of two members of one name the last."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from app.http.json import parse_json
from app.http.problem import Problem

LIMIT = 32 * 1024
# A body that is too long is read to its end and thrown away, up to here: a client that is still sending would not see
# an answer that comes before.
PATIENCE = 4 * 1024 * 1024


class JsonRequest(Request):
    """A request whose body is JSON. Anything that is not declared as JSON is refused."""

    async def body(self) -> bytes:
        if not hasattr(self, "_body"):
            self._body = await self._read()
        return self._body

    async def json(self) -> Any:
        return parse_json(await self.body())

    async def _read(self) -> bytes:
        body = bytearray()
        length = 0
        async for chunk in self.stream():
            length += len(chunk)
            if length <= LIMIT:
                body += chunk
            elif length > PATIENCE:
                break
        if length > LIMIT:
            raise Problem(413, "payload_too_large", "The body is too large")
        declared = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if declared != "application/json":
            raise Problem(415, "unsupported_media_type", "The body must be JSON in UTF-8")
        return bytes(body)


class JsonRoute(APIRoute):
    """A route that reads its body as a `JsonRequest`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_json(request: Request) -> Response:
            return await handle(JsonRequest(request.scope, request.receive))

        return handle_json
