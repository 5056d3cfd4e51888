"""Sessions: an access token for minutes, and a refresh token that buys the next pair."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from app.auth.accounts import ACCOUNT_COLUMNS, Account
from app.auth.models import TokenPair
from app.auth.refresh.deps import SessionDeps
from app.auth.refresh.memory import Memory
from app.auth.refresh.tokens import RefreshTokens


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom an access token speaks for, and in which session."""

    account: Account
    session_id: UUID


class Sessions:
    def __init__(self, deps: SessionDeps) -> None:
        self._db = deps.db
        self._tokens = deps.tokens
        self._refresh_tokens = RefreshTokens(deps.config, deps.keys)
        self.memory = Memory()

    async def open(self, account: Account) -> TokenPair:
        """Signs an account in."""
        return self._pair(account, uuid4())

    async def refresh(self, refresh_token: str) -> TokenPair | None:
        """Trades a refresh token in for a new pair. Each can be used once: then it is revoked."""
        claims = self._refresh_tokens.verify(refresh_token)
        if claims is None or self.memory.is_revoked(claims.jti):
            return None
        self.memory.revoke(claims.jti)
        account = Account(id=claims.sub, email="", display_name="", role=claims.role, org_id=claims.org_id)
        return self._pair(account, claims.sid)

    async def end_by_token(self, refresh_token: str) -> None:
        """Signs out."""
        claims = self._refresh_tokens.verify(refresh_token)
        if claims is not None:
            self.memory.revoke(claims.jti)
            self.memory.end_one(claims.sid)

    async def find(self, access_token: str) -> Bearer | None:
        """The account and the session that an access token speaks for, unless the account is disabled."""
        claims = self._tokens.verify(access_token)
        if claims is None:
            return None
        row = await self._db.row(
            f"SELECT {ACCOUNT_COLUMNS} FROM users WHERE users.id::text = $1 AND disabled_at IS NULL", claims.sub
        )
        return None if row is None else Bearer(Account(**row), UUID(claims.sid))

    def _pair(self, account: Account, session_id: UUID) -> TokenPair:
        refresh_token, jti = self._refresh_tokens.issue(account, session_id)
        self.memory.used(session_id, account.id, jti)
        token = self._tokens.issue(account, session_id=session_id)
        return TokenPair(**token.model_dump(), refresh_token=refresh_token)
