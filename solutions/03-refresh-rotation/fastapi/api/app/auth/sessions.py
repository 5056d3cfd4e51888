"""Sessions: a family of refresh tokens each, and access tokens that name it as `sid`.

An access token is looked up by that name at each use, so whatever ends the family ends its access tokens in the same
instant, on every replica.
"""

from dataclasses import dataclass
from uuid import UUID

from app.auth.accounts import Account
from app.auth.models import TokenPair
from app.auth.refresh.deps import SessionDeps
from app.auth.refresh.families import Families
from app.auth.refresh.rotation import Good, Refused, Rotation


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom an access token speaks for, and in which session."""

    account: Account
    session_id: UUID


class Sessions:
    def __init__(self, deps: SessionDeps) -> None:
        self._tokens = deps.tokens
        self._rotation = Rotation(deps)
        self.families = Families(deps)

    async def open(self, account: Account) -> TokenPair:
        """Signs an account in."""
        family_id, refresh_token = await self.families.begin(account.id)
        return self._pair(account, family_id, refresh_token)

    async def refresh(self, refresh_token: str) -> TokenPair | Refused:
        """Trades a refresh token in for the next one, and a new access token; or says why not."""
        outcome = await self._rotation.rotate(refresh_token)
        if not isinstance(outcome, Good):
            return outcome
        return self._pair(outcome.account, outcome.family_id, outcome.refresh_token)

    async def find(self, access_token: str) -> Bearer | None:
        """The account and the session that an access token speaks for, as long as both live."""
        claims = self._tokens.verify(access_token)
        if claims is None:
            return None
        account = await self.families.account_of(claims.sid, claims.sub)
        return None if account is None else Bearer(account, UUID(claims.sid))

    async def sweep(self) -> None:
        """Keeps the tables tidy, until it is cancelled."""
        await self._rotation.sweep()

    def _pair(self, account: Account, family_id: UUID, refresh_token: str) -> TokenPair:
        token = self._tokens.issue(account, session_id=family_id)
        return TokenPair(**token.model_dump(), refresh_token=refresh_token)
