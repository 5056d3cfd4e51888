"""The users table."""

from dataclasses import dataclass
from uuid import UUID

from app.db import Db
from app.http.input import ApiModel


class Account(ApiModel):
    """An account as the API shows it."""

    id: UUID
    email: str
    display_name: str
    role: str
    org_id: UUID


@dataclass(frozen=True, slots=True)
class Credentials:
    """What signing in needs to know, and nobody else."""

    account: Account
    password_hash: str
    disabled: bool


ACCOUNT_COLUMNS = "users.id, users.email, users.display_name, users.role, users.org_id"


class Accounts:
    def __init__(self, db: Db) -> None:
        self._db = db

    async def add(self, *, email: str, display_name: str, password_hash: str) -> Account | None:
        """Adds a member to the default organisation.

        None when the address is taken: the unique index decides, so of two requests at once only one can win.
        """
        row = await self._db.row(
            f"""INSERT INTO users (org_id, email, display_name, password_hash)
                SELECT id, $1, $2, $3 FROM orgs WHERE slug = 'default'
                ON CONFLICT (lower(email)) DO NOTHING
                RETURNING {ACCOUNT_COLUMNS}""",
            email,
            display_name,
            password_hash,
        )
        return None if row is None else Account(**row)

    async def find_by_email(self, email: str) -> Credentials | None:
        """The account with this address in any letter case."""
        row = await self._db.row(
            f"""SELECT {ACCOUNT_COLUMNS}, password_hash, disabled_at IS NOT NULL AS disabled
                FROM users WHERE lower(email) = lower($1)""",
            email,
        )
        if row is None:
            return None
        fields = dict(row)
        return Credentials(
            password_hash=fields.pop("password_hash"), disabled=fields.pop("disabled"), account=Account(**fields)
        )
