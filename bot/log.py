"""Logs: JSON lines or a console, never a message's text, never a secret."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Literal

import structlog

SECRETS = re.compile(
    r"\b(xox[a-z]-|xapp-|sk-)[A-Za-z0-9._-]{4,}"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
    r"|(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}=(?!=)"  # a key for texts
)


def mask(text: str) -> str:
    """The text with tokens, keys and passwords in addresses replaced."""
    return SECRETS.sub(lambda found: (found[1] or "") + "…", text)


class _Masked:
    """Renders an event, then masks: whatever field or traceback a secret got into."""

    def __init__(self, render: structlog.typing.Processor) -> None:
        self.render = render

    def __call__(self, logger: Any, name: str, event: MutableMapping[str, Any]) -> str:
        return mask(str(self.render(logger, name, event)))


def configure(style: Literal["console", "json"], level: str) -> None:
    """Send our own events and the libraries' warnings to standard error, in one form.

    The libraries stay at WARNING whatever `level` says: at DEBUG slack_sdk prints message bodies.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    # format_exc_info prints no local variables: a frame's could hold a question or a secret.
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if style == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _Masked(last)],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name in ("bot", "handlers", "budget", "store"):
        logging.getLogger(name).setLevel(level.upper())
