"""Which passwords an account may have. Lengths are in code points; no rule asks for kinds of characters."""

from collections.abc import Iterable
from pathlib import Path

from app.http.problem import Problem

# NIST SP 800-63B-4 section 3.1.1: at least 15 where the password is the only factor.
MIN = 15
# Far more than anybody types; without an end the hash would be work that a stranger can order.
MAX = 1024
# How much of a password must be more than words that anybody could guess from the account.
MIN_OWN = 8
PRODUCT = "depot"


def read_blocklist(file: Path) -> list[str]:
    """Reads a blocklist: UTF-8, one entry a line, lines ending in LF or CRLF."""
    # Not splitlines(), which also splits at characters that a password may hold.
    lines = file.read_bytes().decode("utf-8-sig").split("\n")
    return [entry for line in lines if (entry := line.removesuffix("\r"))]


class Policy:
    def __init__(self, blocklist: Iterable[str]) -> None:
        self._blocked = {_fold(entry) for entry in blocklist}

    def check(self, password: str, *, email: str, display_name: str) -> None:
        """Raises a 422 for a password that no account, or not this one, may have."""
        if len(password) < MIN:
            raise Problem(422, "password_too_short", f"A password has at least {MIN} characters")
        check_length(password)
        folded = _fold(password)
        words = [_fold(word) for word in (PRODUCT, email.rpartition("@")[0], display_name)]
        if folded in self._blocked or len(_without(folded, words)) < MIN_OWN:
            raise Problem(422, "password_blocked", "This password is too easy to guess")


def check_length(password: str) -> None:
    """Raises a 422 for a password that no account can have because it is too long."""
    if len(password) > MAX:
        raise Problem(422, "password_too_long", f"A password has at most {MAX} characters")


def _fold(text: str) -> str:
    """The text with characters that differ by letter case made equal, each still one: ß does not become SS."""
    return "".join(upper if len(upper := character.lower().upper()) == 1 else character for character in text)


def _without(text: str, words: list[str]) -> str:
    """What is left once every occurrence of the words is gone, those included that appear as others go."""
    while True:
        covered = [False] * len(text)
        for word in words:
            at = text.find(word)
            while at != -1:
                covered[at : at + len(word)] = [True] * len(word)
                at = text.find(word, at + 1)
        if not any(covered):
            return text
        text = "".join(character for character, gone in zip(text, covered, strict=True) if not gone)
