"""Sessions whose access token says itself whose it is. Nothing of them is kept, so none can end before its time."""

from uuid import UUID, uuid4

from app.auth.accounts import ACCOUNT_COLUMNS, Account
from app.auth.models import Token
from app.auth.tokens import Tokens
from app.db import Db


class Sessions:
    def __init__(self, db: Db, tokens: Tokens) -> None:
        self._db = db
        self._tokens = tokens

    async def open(self, user_id: UUID) -> Token:
        """Signs an account in."""
        account = await self._account_of(str(user_id))
        if account is None:
            raise RuntimeError("a session for an account that is not there")
        return self._tokens.issue(account, session_id=uuid4())

    async def find(self, access_token: str) -> Account | None:
        """The account that a token speaks for, if the token is good and the account is not disabled."""
        claims = self._tokens.verify(access_token)
        return None if claims is None else await self._account_of(claims.sub)

    async def _account_of(self, user_id: str) -> Account | None:
        row = await self._db.row(
            f"SELECT {ACCOUNT_COLUMNS} FROM users WHERE users.id::text = $1 AND disabled_at IS NULL", user_id
        )
        return None if row is None else Account(**row)
