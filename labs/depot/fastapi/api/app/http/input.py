"""Forms of input that are not of one lab."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError


class ApiModel(BaseModel):
    """A JSON object: `display_name` here is `displayName` there. Nothing is converted: 123 is not "123"."""

    model_config = ConfigDict(
        strict=True, frozen=True, alias_generator=to_camel, validate_by_name=True, validate_by_alias=True
    )


def _well_formed(text: str) -> str:
    # JSON can spell half of a surrogate pair ("\ud800"). Python takes it, and fails as soon as the text is to be bytes.
    try:
        text.encode()
    except UnicodeEncodeError:
        raise PydanticCustomError("well_formed", "must be text") from None
    return text


def _one_line(text: str) -> str:
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise PydanticCustomError("one_line", "must be one line")
    return text


# Any text that is one.
Text = Annotated[str, AfterValidator(_well_formed)]
# One line of 1 to 80 characters.
Line = Annotated[str, StringConstraints(min_length=1, max_length=80), AfterValidator(_one_line)]
