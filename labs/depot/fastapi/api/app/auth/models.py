"""What clients send, and what they get."""

import re
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from app.http.input import ApiModel, Line, Text

# The pattern of HTML's e-mail field: ASCII only, so that ignoring letter case means the same here and in the database.
_PATTERN = re.compile(
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*",
    re.ASCII | re.IGNORECASE,
)


def _email(text: str) -> str:
    email = text.strip()
    if len(email) > 254 or not _PATTERN.fullmatch(email):
        raise PydanticCustomError("email", "must be an e-mail address")
    return email


# An e-mail address, without the white space around it.
Email = Annotated[str, AfterValidator(_email)]


class Registration(ApiModel):
    email: Email
    display_name: Line
    password: Text


class SignIn(ApiModel):
    email: Email
    password: Text


class Registered(ApiModel):
    id: UUID
    email: str
    display_name: str
    role: str


class Token(ApiModel):
    access_token: str
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: int
    """Whole seconds."""
