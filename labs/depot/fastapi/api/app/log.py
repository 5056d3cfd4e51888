"""Writes one JSON object a line to stdout."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, TextIO


class Log:
    """Fields of a line are never a request's body, header or query: a password or token may be in any of them."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self._out = out

    def info(self, msg: str, **fields: Any) -> None:
        self._write("info", msg, fields)

    def warn(self, msg: str, **fields: Any) -> None:
        self._write("warn", msg, fields)

    def error(self, msg: str, *, error: BaseException | None = None, **fields: Any) -> None:
        if error is not None:
            fields |= {"error": type(error).__name__, "stack": "".join(traceback.format_exception(error))}
        self._write("error", msg, fields)

    def _write(self, level: str, msg: str, fields: dict[str, Any]) -> None:
        time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = {"time": time, "level": level, "msg": msg, **fields}
        # One write a line, so that lines of several threads do not mix; what JSON does not know is written as text.
        self._out.write(json.dumps(line, default=str, separators=(",", ":")) + "\n")
        self._out.flush()


log = Log()


class _ToLog(logging.Handler):
    """Passes what libraries log on to ours."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.ERROR:
            error = record.exc_info[1] if record.exc_info else None
            log.error(record.getMessage(), error=error, logger=record.name)
        elif record.levelno >= logging.WARNING:
            log.warn(record.getMessage(), logger=record.name)
        else:
            log.info(record.getMessage(), logger=record.name)


def take_over_logging() -> None:
    """uvicorn, asyncio and everything else that uses `logging` write JSON lines from now on."""
    logging.basicConfig(level=logging.INFO, handlers=[_ToLog()], force=True)
