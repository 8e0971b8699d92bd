"""Where the log goes: structlog on standard error, warnings only unless asked for more."""

from __future__ import annotations

import logging
import sys

import structlog


def configure_log(verbose: bool) -> None:
    """Sets structlog up for a command; nothing below the command line does."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO if verbose else logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
