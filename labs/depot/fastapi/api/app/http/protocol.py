"""Answers what uvicorn's HTTP parser gives up on, before there is a request, in the same shape as any other error."""

import json
from uuid import uuid4

from uvicorn.protocols.http.h11_impl import H11Protocol

from app.http.problem import Problem, problem_body
from app.log import log

MALFORMED = Problem(400, "malformed_request", "The request is malformed")


class Protocol(H11Protocol):
    def send_400_response(self, msg: str) -> None:
        request_id = str(uuid4())
        body = json.dumps(problem_body(MALFORMED))
        log.info("request", requestId=request_id, status=400)
        self.transport.write(
            (
                f"HTTP/1.1 400 Bad Request\r\nX-Request-Id: {request_id}\r\nContent-Type: application/problem+json\r\n"
                f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}"
            ).encode()
        )
        self.transport.close()
