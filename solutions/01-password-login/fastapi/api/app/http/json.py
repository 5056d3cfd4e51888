"""JSON, but stricter than Python's own."""

import json
from typing import Any, NoReturn

from app.http.problem import Problem


def parse_json(content: bytes) -> Any:
    """The value of a body.

    Bytes that are not UTF-8 are refused, and so are the names that Python takes for numbers (NaN), and an object that
    names a member twice. RFC 8259 leaves open which of the two counts, so another program that reads the same body (a
    gateway, a log) may see another password or role than we do.
    """
    try:
        return json.loads(content.decode(), object_pairs_hook=_object, parse_constant=_constant)
    except (ValueError, RecursionError):
        # The error holds the body, so it goes no further.
        raise Problem(400, "malformed_json", "The body is not JSON in UTF-8") from None


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(members)
    if len(value) < len(members):
        raise Problem(400, "duplicate_member", "An object in the body names a member twice")
    return value


def _constant(_: str) -> NoReturn:
    raise ValueError("not a number of JSON")
