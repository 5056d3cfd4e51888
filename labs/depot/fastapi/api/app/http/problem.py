"""Refusals that the client is told about (RFC 9457, with `code` for programs)."""

from collections.abc import Mapping

from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException


class Problem(HTTPException):
    """Raised anywhere, answered by `errors.py`. The title is for people."""

    def __init__(self, status: int, code: str, title: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, title, headers)
        self.code = code


def invalid(title: str) -> Problem:
    """A 422 for input that has the wrong form."""
    return Problem(422, "validation", title)


def problem_body(problem: Problem) -> dict[str, int | str]:
    """The body of an error answer."""
    return {"status": problem.status_code, "title": problem.detail, "code": problem.code}


def problem_response(problem: Problem) -> JSONResponse:
    """The whole answer."""
    return JSONResponse(
        problem_body(problem),
        status_code=problem.status_code,
        headers=problem.headers,
        media_type="application/problem+json",
    )
