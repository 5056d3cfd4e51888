"""Which passwords an account may have."""

from app.http.problem import Problem

MIN_LENGTH = 6


def check_password(password: str) -> None:
    """Raises a 422 for a password that is too weak."""
    if len(password) < MIN_LENGTH:
        raise Problem(422, "password_too_short", f"A password has at least {MIN_LENGTH} characters")
    kinds = (str.isupper, str.islower, str.isdigit)
    if not all(any(map(kind, password)) for kind in kinds):
        raise Problem(
            422, "password_too_weak", "A password needs an upper-case letter, a lower-case letter and a digit"
        )
