"""The folder of signing keys: a file for each, and `current`, which names the one that signs."""

from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.algorithms import RSAAlgorithm

from app.log import log


class Keys:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.current = (folder / "current").read_text().strip()
        log.info("signing key", kid=self.current)

    def read(self, kid: str) -> RSAPrivateKey:
        """A private key."""
        key = load_pem_private_key((self._folder / f"{kid}.pem").read_bytes(), None)
        assert isinstance(key, RSAPrivateKey)
        return key

    def published(self) -> list[dict[str, Any]]:
        """What others need to verify our tokens, as a JWK set."""
        jwk = RSAAlgorithm.to_jwk(self.read(self.current).public_key(), as_dict=True)
        return [{**jwk, "kid": self.current, "use": "sig", "alg": "RS256"}]
