"""What refresh tokens are made of, and what is kept of them."""

import hashlib
import secrets

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12


def new_token() -> str:
    """A refresh token: 256 random bits in Base64url.

    It says nothing, so there is nothing in it to be verified or forged.
    """
    return secrets.token_urlsafe(32)


def digest(token: str) -> bytes:
    """What is kept of a token, and what it is found by."""
    return hashlib.sha256(token.encode()).digest()


def seal(token: str, parent: str) -> bytes:
    """Encrypts a token for whoever holds its parent. Gives nonce and ciphertext in one.

    A lost reply has to be sent again, and all that we keep of the token is a hash. Deriving it, as HMAC of the parent
    under a key of the server, would do too: that key would open every line of descent from any old token, for ever, and
    be one more secret to keep and to rotate. This key is the parent's alone, and the ciphertext goes when the grace is
    over.
    """
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(_key_from(parent)).encrypt(nonce, token.encode(), None)


def unseal(sealed: bytes, parent: str) -> str:
    """Undoes `seal`. Raises InvalidTag for another parent, or when a bit was changed."""
    return AESGCM(_key_from(parent)).decrypt(sealed[:NONCE], sealed[NONCE:], None).decode()


def _key_from(parent: str) -> bytes:
    """The hash of the parent lies in the table, so the key is something that does not follow from it."""
    return HKDF(SHA256(), 32, None, b"depot: successor of a refresh token").derive(parent.encode())
