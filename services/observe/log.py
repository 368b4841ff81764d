"""The log: one line of JSON an event, to standard error."""

import io
import logging
import sys
from typing import TextIO, cast

import structlog

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


class _StandardError(io.TextIOBase):
    """Standard error as it is when something is written: it may be replaced or closed later, by a test or a daemon."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def set_up(level: str) -> None:
    """Send the log of this process to standard error.

    :raises KeyError: if the level is none of LEVELS.
    """
    error = cast(TextIO, _StandardError())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(error),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=error)
