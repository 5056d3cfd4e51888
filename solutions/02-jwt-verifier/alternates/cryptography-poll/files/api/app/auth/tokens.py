"""Access tokens, read and written without a library."""

import json
import secrets
from collections.abc import Callable
from time import time
from typing import Any, NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from app.auth.accounts import Account
from app.auth.base64url import decode, encode
from app.auth.keys import Key, Keys
from app.auth.models import Token
from app.config import Config

LEEWAY = 55
Json = dict[str, Any]
Rule = Callable[[Json], bool]


class Claims(NamedTuple):
    sub: str


# Every sentence has to hold. Their order is of no importance to a client: each failure is the same refusal.
HEADER_RULES: list[Rule] = [
    lambda header: header.get("alg") == "RS256",
    lambda header: str(header.get("typ")).lower() in ("at+jwt", "application/at+jwt"),
    lambda header: "crit" not in header,
]


class Tokens:
    def __init__(self, config: Config, keys: Keys) -> None:
        self._config = config
        self._keys = keys
        self._claim_rules: list[Rule] = [
            lambda claims: claims.get("iss") == config.issuer,
            lambda claims: config.audience in _list(claims.get("aud")),
            lambda claims: _is_number(claims.get("exp")) and claims["exp"] > time() - LEEWAY,
            lambda claims: "nbf" not in claims or (_is_number(claims["nbf"]) and claims["nbf"] < time() + LEEWAY),
            lambda claims: isinstance(claims.get("sub"), str),
        ]

    def issue(self, account: Account, *, session_id: UUID) -> Token:
        config, key = self._config, self._keys.signing
        iat = int(time())
        claims = {
            "iss": config.issuer,
            "aud": [config.audience],
            "sub": str(account.id),
            "sid": str(session_id),
            "jti": secrets.token_hex(16),
            "iat": iat,
            "exp": iat + config.access_ttl,
            "role": account.role,
            "orgId": str(account.org_id),
        }
        signed = f"{_write({'alg': 'RS256', 'typ': 'at+jwt', 'kid': key.kid})}.{_write(claims)}"
        signature = key.private.sign(signed.encode(), PKCS1v15(), SHA256())
        return Token(access_token=f"{signed}.{encode(signature)}", expires_in=config.access_ttl)

    def verify(self, token: str) -> Claims | None:
        """What a token says, if it keeps every rule."""
        try:
            head, body, signature = token.split(".")
            header, claims = _read(head), _read(body)
            if not all(rule(header) for rule in HEADER_RULES):
                return None
            key = self._keys.find(header.get("kid"))
            if key is None or not _is_signed(key, f"{head}.{body}", decode(signature)):
                return None
        except (ValueError, RecursionError):
            return None
        return Claims(claims["sub"]) if all(rule(claims) for rule in self._claim_rules) else None


def _is_signed(key: Key, text: str, signature: bytes) -> bool:
    try:
        key.private.public_key().verify(signature, text.encode(), PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def _read(part: str) -> Json:
    value = json.loads(decode(part))
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def _write(value: Json) -> str:
    return encode(json.dumps(value).encode())


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
