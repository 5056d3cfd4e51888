"""What sessions are made of."""

from dataclasses import dataclass

from redis.asyncio import Redis

from app.auth.keys import Keys
from app.auth.tokens import Tokens
from app.config import Config
from app.db import Db


@dataclass(frozen=True, slots=True)
class SessionDeps:
    config: Config
    db: Db
    redis: Redis
    keys: Keys
    tokens: Tokens
