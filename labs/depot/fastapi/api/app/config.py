"""Everything that the environment decides."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

API_FOLDER = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Config:
    """Durations are whole seconds."""

    host: str
    port: int
    database_url: str
    access_ttl: int
    """How long an access token is good for."""
    login_max: int
    """How many tries to sign in one address has within `login_window`."""
    login_window: int
    blocklist_file: Path
    commit: str | None
    """The commit this code was built from, if the build said so."""


def read_config(env: Mapping[str, str]) -> Config:
    """Reads the environment once, at the start. Raises ValueError with the variable's name where a value is no good."""
    return Config(
        host=_text(env, "HOST") or "127.0.0.1",
        port=_whole(env, "PORT", default=3000, least=0, most=65_535),
        database_url=read_database_url(env),
        access_ttl=_whole(env, "ACCESS_TTL", default=900, least=1),
        login_max=_whole(env, "LOGIN_MAX", default=5, least=1),
        login_window=_whole(env, "LOGIN_WINDOW", default=60, least=1),
        blocklist_file=Path(_text(env, "BLOCKLIST_FILE") or API_FOLDER.parent / "data" / "blocklist.txt"),
        commit=_text(env, "GIT_COMMIT"),
    )


def read_migrations_dir(env: Mapping[str, str]) -> Path:
    """The folder of the SQL files, for `migrate.py`, which needs nothing else but the database."""
    return Path(_text(env, "MIGRATIONS_DIR") or API_FOLDER.parent / "migrations")


def read_database_url(env: Mapping[str, str]) -> str:
    """The address of the database. The value holds a password, so no message repeats it."""
    value = _text(env, "DATABASE_URL")
    if value is None:
        raise ValueError("DATABASE_URL is not set")
    if not re.match(r"postgres(ql)?://", value):
        raise ValueError("DATABASE_URL is not a postgres:// address")
    return value


def _text(env: Mapping[str, str], name: str) -> str | None:
    """An empty variable counts as one that is not set: Compose passes `${NAME:-}` on as an empty string."""
    return env.get(name) or None


def _whole(env: Mapping[str, str], name: str, *, default: int, least: int, most: int = 999_999_999) -> int:
    value = _text(env, name)
    if value is None:
        return default
    if re.fullmatch(r"[0-9]{1,9}", value) and least <= int(value) <= most:
        return int(value)
    raise ValueError(f"{name} must be a whole number from {least} to {most}, not {value!r}")
