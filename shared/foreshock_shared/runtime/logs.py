"""Logs as readable lines on a terminal and as JSON elsewhere; one event a line, a sentence and its fields.

A traceback shows code and no values: those may be secrets.
"""

import logging
import sys
from typing import TYPE_CHECKING

import structlog

from foreshock_shared.runtime.settings import LogFormat

if TYPE_CHECKING:
    from structlog.typing import Processor

_QUIET = ("faststream", "uvicorn", "httpx2", "httpcore2", "asyncio", "alembic")

_TRACEBACKS = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))


def configure(service: str, level_name: str = "INFO", form: LogFormat = LogFormat.AUTO) -> None:
    """Set up this process' logging, once, before anything is logged. Libraries speak at WARNING and above."""
    level = logging.getLevelNamesMapping()[level_name]
    as_json = form is LogFormat.JSON or (form is LogFormat.AUTO and not sys.stderr.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Processor] = (
        [_TRACEBACKS, structlog.processors.JSONRenderer()]
        if as_json
        else [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    )
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
