"""Access tokens: JWTs after RFC 9068. What we accept is decided here, and by nothing that a token says."""

import re
from dataclasses import dataclass
from time import time
from typing import Any
from uuid import UUID, uuid4

import jwt

from app.auth.accounts import Account
from app.auth.keys import Key, Keys
from app.auth.models import Token
from app.config import Config

# The one algorithm and the one kind of token that there are here.
ALGORITHM = "RS256"
TYPE = "at+jwt"
# Clocks of two machines differ; this much is forgiven, in seconds.
LEEWAY = 5
# Three parts in Base64url and nothing else. The library forgives padding; we do not.
COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Claims:
    """What we read from a good token."""

    sub: str
    """Id of the account."""


class Tokens:
    def __init__(self, config: Config, keys: Keys) -> None:
        self._issuer = config.issuer
        self._audience = config.audience
        self._ttl = config.access_ttl
        self._keys = keys

    def issue(self, account: Account, *, session_id: UUID) -> Token:
        """A token for a session that begins now."""
        key = self._keys.signing
        now = int(time())
        # Who it is and what they may do; a token is read by more eyes than one thinks, so nothing about the person.
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": str(account.id),
            "sid": str(session_id),
            "jti": str(uuid4()),
            "iat": now,
            "exp": now + self._ttl,
            "role": account.role,
            "orgId": str(account.org_id),
        }
        access_token = jwt.encode(claims, key.private_key, ALGORITHM, headers={"typ": TYPE, "kid": key.kid})
        return Token(access_token=access_token, expires_in=self._ttl)

    def verify(self, token: str) -> Claims | None:
        """What a token says, if it is one of ours and good now; None for anything else."""
        if not COMPACT.fullmatch(token):
            return None
        try:
            key = self._key_of(jwt.get_unverified_header(token))
            claims = jwt.decode(
                token,
                key.public_key,
                algorithms=[ALGORITHM],
                issuer=self._issuer,
                audience=self._audience,
                leeway=LEEWAY,
                options={"require": ["exp", "sub"]},
            )
        except jwt.InvalidTokenError:
            return None
        # The library takes "123" and true for numbers.
        if not all(_is_number(claims.get(name, 0)) for name in ("exp", "nbf")):
            return None
        return Claims(sub=claims["sub"])

    def _key_of(self, header: dict[str, Any]) -> Key:
        """The key that has to have signed. The library does not look at `typ`; it refuses a `kid` that is no text."""
        typ = header.get("typ")
        if not isinstance(typ, str) or typ.lower().removeprefix("application/") != TYPE:
            raise jwt.InvalidTokenError("another kind of token")
        # We know no extension, so none that has to be understood can be.
        if "crit" in header:
            raise jwt.InvalidTokenError("crit is not supported")
        kid = header.get("kid")
        key = self._keys.find(kid) if isinstance(kid, str) else None
        if key is None:
            raise jwt.InvalidTokenError("no key of that name")
        return key


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
