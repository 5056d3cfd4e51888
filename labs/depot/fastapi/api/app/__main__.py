"""Starts the server: `python -m app`.

uvicorn by itself listens where its own options say, and writes each request's query string to its log. Here the
environment decides, and everything that is written goes through our log.
"""

import os
import sys

import uvicorn

from app.config import read_config
from app.http.protocol import Protocol
from app.log import log, take_over_logging
from app.main import create_app

# How long requests in flight may take once the server was asked to stop. Shorter than Compose's `stop_grace_period`.
DRAIN_SECONDS = 10


def main() -> int:
    """Runs until SIGTERM or SIGINT. Returns the exit code of a start that failed."""
    take_over_logging()
    try:
        config = read_config(os.environ)
        app = create_app(config)
    except Exception as error:
        log.error(str(error), error=error)
        return 1
    uvicorn.run(
        app,
        host=config.host,
        port=config.port,
        http=Protocol,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
