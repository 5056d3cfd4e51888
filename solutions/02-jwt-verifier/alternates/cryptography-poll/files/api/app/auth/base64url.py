"""Base64url without padding (RFC 7515, appendix C)."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

# Python's decoder passes over padding and foreign characters; what is decoded is looked at first.
PART = re.compile(r"[A-Za-z0-9_-]+")


def encode(value: bytes) -> str:
    return urlsafe_b64encode(value).decode().rstrip("=")


def decode(part: str) -> bytes:
    """Raises ValueError for anything else than Base64url."""
    if not PART.fullmatch(part):
        raise ValueError("not Base64url")
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))
