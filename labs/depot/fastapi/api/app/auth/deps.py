"""What the routes under `/api/auth` are given."""

from dataclasses import dataclass

from app.auth.accounts import Accounts
from app.auth.sessions import Sessions
from app.config import Config
from app.db import Db


@dataclass(frozen=True, slots=True)
class AuthDeps:
    config: Config
    db: Db
    accounts: Accounts
    sessions: Sessions
