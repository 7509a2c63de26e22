"""Structured log: one JSON line per entry on standard error; readable lines in a terminal."""

import logging
import re
import sys
from urllib.parse import quote

import structlog

# What follows these parts of an address is a secret: whoever reads the log could act as its holder.
_SECRET = re.compile(
    r"(/(?:r|i|reset|register|register-account|invitation|login/link|account/address/(?:confirm|undo)"
    r"|join|speaker|colleague|calendar|certificate|verify|badges/revocations)/)[^/]+",
    re.IGNORECASE,
)


def init_log(*, json_lines: bool, level: int = logging.INFO) -> None:
    """Sets up structlog. Values are never format strings, and line ends in them are escaped by the renderer."""
    renderer = structlog.processors.JSONRenderer() if json_lines else _terminal()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info if json_lines else structlog.processors.UnicodeDecoder(),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )


def _terminal() -> structlog.dev.ConsoleRenderer:
    # Tracebacks without local variables: those hold passwords.
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)


def logged_path(path: str) -> str:
    """The path of a request as the log may hold it: without secrets, and with control characters written as %0A."""
    return "…".join(quote(part, safe="/:@!$&'()*+,;=~[]") for part in _SECRET.sub(r"\1…", path).split("…"))
