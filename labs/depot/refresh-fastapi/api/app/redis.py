"""Redis, connected when somebody first asks it: a program that keeps nothing there starts and runs without."""

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

# Every wait has an end, as with the database.
CONNECT_SECONDS = 5
COMMAND_SECONDS = 10


def create_redis(url: str) -> Redis:
    """A client with a pool of connections, which `async with` closes."""
    return Redis.from_url(
        url,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=COMMAND_SECONDS,
        # The library sends a command again whose answer did not come. Nobody knows whether it was carried out.
        retry=Retry(NoBackoff(), 0),
    )
