"""Refresh tokens: JWTs as the access tokens are, of a type of their own."""

from dataclasses import dataclass
from time import time
from uuid import UUID, uuid4

import jwt

from app.auth.accounts import Account
from app.auth.keys import Keys
from app.config import Config


@dataclass(frozen=True, slots=True)
class RefreshClaims:
    """What a refresh token says. Everything that a new pair needs is in it, so no table has to be asked."""

    sub: UUID
    sid: UUID
    jti: str
    role: str
    org_id: UUID


class RefreshTokens:
    def __init__(self, config: Config, keys: Keys) -> None:
        self._issuer = config.issuer
        self._idle = config.refresh_idle
        self._keys = keys

    def issue(self, account: Account, session_id: UUID) -> tuple[str, str]:
        """A token, and its id."""
        key = self._keys.signing
        now = int(time())
        jti = str(uuid4())
        claims = {
            "iss": self._issuer,
            "aud": self._issuer,
            "sub": str(account.id),
            "sid": str(session_id),
            "jti": jti,
            "iat": now,
            "exp": now + self._idle,
            "role": account.role,
            "orgId": str(account.org_id),
        }
        return jwt.encode(claims, key.private_key, "RS256", headers={"typ": "rt+jwt", "kid": key.kid}), jti

    def verify(self, token: str) -> RefreshClaims | None:
        """What a token says, if it is one of ours and has not expired."""
        try:
            header = jwt.get_unverified_header(token)
            key = self._keys.find(header["kid"])
            if key is None or header["typ"] != "rt+jwt":
                return None
            claims = jwt.decode(
                token, key.public_key, algorithms=["RS256"], issuer=self._issuer, audience=self._issuer
            )
            sub, sid, org_id = (UUID(claims[name]) for name in ("sub", "sid", "orgId"))
            return RefreshClaims(sub, sid, claims["jti"], claims["role"], org_id)
        except (jwt.InvalidTokenError, KeyError, ValueError):
            return None
