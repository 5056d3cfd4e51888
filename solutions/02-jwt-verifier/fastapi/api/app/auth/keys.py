"""The folder of signing keys.

Whoever sends us a token names a key that we hold already, or none: what a token says never becomes part of a path.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.algorithms import RSAAlgorithm

from app.log import log


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the folder."""

    kid: str
    private_key: RSAPrivateKey
    public_key: RSAPublicKey


@dataclass(frozen=True, slots=True)
class _Ring:
    signing: Key
    all: dict[str, Key]


class Keys:
    """The folder as it was at the start, or at the last `reload`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ring = _read(folder)

    def reload(self) -> None:
        """Reads the folder again."""
        try:
            self._ring = _read(self._folder)
        except (OSError, ValueError) as error:
            # Half a folder is no reason to stop: the keys we have are as good as they were.
            log.error("keys not read", error=error)
            return
        log.info("keys read", event="keys_read", signing=self._ring.signing.kid, keys=len(self._ring.all))

    @property
    def signing(self) -> Key:
        """The key that signs now."""
        return self._ring.signing

    def find(self, kid: str) -> Key | None:
        """The key with exactly this name."""
        return self._ring.all.get(kid)

    def published(self) -> list[dict[str, Any]]:
        """What others need to verify our tokens: the public halves, as a JWK set."""
        return [_jwk(key) for key in self._ring.all.values()]


def _jwk(key: Key) -> dict[str, Any]:
    jwk = RSAAlgorithm.to_jwk(key.public_key, as_dict=True)
    # By name, so that a member which does not belong there cannot come along.
    return {name: jwk[name] for name in ("kty", "n", "e")} | {"kid": key.kid, "use": "sig", "alg": "RS256"}


def _read(folder: Path) -> _Ring:
    """Raises OSError or ValueError where the folder does not hold what it must."""
    keys: dict[str, Key] = {}
    for file in sorted(folder.glob("*.pem")):
        private_key = load_pem_private_key(file.read_bytes(), None)
        if not isinstance(private_key, RSAPrivateKey):
            raise ValueError(f"{file.name} is no RSA key")
        keys[file.stem] = Key(file.stem, private_key, private_key.public_key())
    signing = keys.get((folder / "current").read_text().strip())
    if signing is None:
        raise ValueError('the file "current" names no key of the folder')
    return _Ring(signing, keys)
