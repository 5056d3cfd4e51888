"""Turns whatever was raised into an answer that says what the client needs and nothing about our insides."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from app.http.problem import Problem, invalid, problem_response

# What the framework refuses by itself. Its own texts may quote the request, so they are not passed on.
REFUSALS = {
    400: ("malformed_request", "The request is malformed"),
    404: ("not_found", "There is nothing at this address"),
    405: ("method_not_allowed", "This address does not take that method"),
}

# Lies inside the request log, which answers for everything that is not expected; see there.
INTERNAL = Problem(500, "internal", "Something went wrong on our side")


def install_error_handlers(app: FastAPI) -> None:
    """Replaces FastAPI's answers, which have another form."""
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(RequestValidationError, _answer_validation)


async def _answer_http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if isinstance(error, Problem):
        return problem_response(error)
    code, title = REFUSALS.get(error.status_code, ("refused", "The request was refused"))
    return problem_response(Problem(error.status_code, code, title, error.headers))


async def _answer_validation(_: Request, error: Exception) -> JSONResponse:
    """Says which field is wrong and how. Never what was sent: `input` and `ctx` of these errors hold it."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return problem_response(Problem(400, "malformed_json", "The body is not JSON"))
    field = ".".join(str(part) for part in first["loc"][1:]) or "The body"
    return problem_response(invalid(f"{field}: {first['msg']}"))
