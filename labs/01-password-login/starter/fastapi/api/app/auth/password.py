"""How passwords are kept."""

import hashlib
import secrets

# bcrypt did not look further than this, and the accounts that were moved over from it must still be able to sign in.
MAX_LENGTH = 72


def hash_password(password: str) -> str:
    """`sha256:<salt>:<digest>`, both in hexadecimal."""
    salt = secrets.token_hex(16)
    return f"sha256:{salt}:{_digest(password, salt)}"


def verify_password(password: str, stored: str) -> bool:
    """Whether the password belongs to the stored hash."""
    _, salt, expected = stored.split(":")
    return _digest(password, salt) == expected


def _digest(password: str, salt: str) -> str:
    return hashlib.sha256((salt + password[:MAX_LENGTH]).encode()).hexdigest()
