"""The folder of keys, looked at again when a key is needed and a second has gone by."""

import os
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from app.auth.base64url import encode
from app.log import log

SECONDS = 1


class Key(NamedTuple):
    kid: str
    private: RSAPrivateKey


class Keys:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen = _sight(folder)
        self._keys = _read(folder)
        self._look_at = monotonic() + SECONDS

    @property
    def signing(self) -> Key:
        return self._fresh()[0]

    def find(self, kid: object) -> Key | None:
        return next((key for key in self._fresh() if key.kid == kid), None)

    def published(self) -> list[dict[str, Any]]:
        return [_jwk(key) for key in self._fresh()]

    def _fresh(self) -> list[Key]:
        """Every key, the one that signs first."""
        if monotonic() >= self._look_at:
            self._look_at = monotonic() + SECONDS
            try:
                seen = _sight(self._folder)
                if seen != self._seen:
                    self._keys = _read(self._folder)
                    self._seen = seen
                    log.info("keys read", signing=self._keys[0].kid, keys=len(self._keys))
            except (OSError, ValueError) as error:
                # Somebody may be in the middle of a change; the next look comes soon.
                log.error("keys not read", error=error)
        return self._keys


def _sight(folder: Path) -> set[tuple[str, int, int]]:
    """What changes when the folder does: names, times and sizes."""
    with os.scandir(folder) as files:
        return {(file.name, file.stat().st_mtime_ns, file.stat().st_size) for file in files}


def _read(folder: Path) -> list[Key]:
    current = (folder / "current").read_text().strip()
    keys: list[Key] = []
    for file in folder.glob("*.pem"):
        private = load_pem_private_key(file.read_bytes(), None)
        if isinstance(private, RSAPrivateKey):
            keys.append(Key(file.stem, private))
    keys.sort(key=lambda key: key.kid != current)
    if not keys or keys[0].kid != current:
        raise ValueError('"current" names no key of the folder')
    return keys


def _jwk(key: Key) -> dict[str, Any]:
    public = key.private.public_key().public_numbers()
    return {
        "kty": "RSA",
        "n": _number(public.n),
        "e": _number(public.e),
        "kid": key.kid,
        "use": "sig",
        "key_ops": ["verify"],
    }


def _number(value: int) -> str:
    return encode(value.to_bytes((value.bit_length() + 7) // 8))
