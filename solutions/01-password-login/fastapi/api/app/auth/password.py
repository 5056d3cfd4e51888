"""How passwords are kept."""

import asyncio
import os
import secrets
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

# argon2id with OWASP's second choice: 19 MiB and two passes, some ten milliseconds on one core.
HASHER = PasswordHasher(memory_cost=19_456, time_cost=2, parallelism=1, type=Type.ID)


class Passwords:
    """Hashes and verifies passwords, on threads of its own: in the event loop a hash would hold up every other request.

    As many as there are cores, since more would not be quicker and each takes its 19 MiB.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="hash")
        self._nobody = HASHER.hash(secrets.token_bytes(32))

    async def hash(self, password: str) -> str:
        """A PHC string: algorithm, cost, a salt of its own, hash."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, HASHER.hash, password)

    async def verify(self, password: str, stored: str | None) -> bool:
        """Whether the password belongs to the stored hash.

        Where there is none, the work is done all the same, on the hash of a password that nobody has: an address
        without an account must not answer sooner than one with an account.
        """
        usable = stored if stored is not None and stored.startswith("$argon2id$") else None
        loop = asyncio.get_running_loop()
        same = await loop.run_in_executor(self._threads, _matches, usable or self._nobody, password)
        return same and usable is not None


def _matches(stored: str, password: str) -> bool:
    try:
        return HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
