"""Logs: JSON lines or a console, never a message's text, never a secret."""

import logging
import re
import sys
import threading
from collections.abc import MutableMapping, Sequence
from types import TracebackType
from typing import Any, Literal

import structlog

SECRETS = re.compile(
    r"\b(xox[a-z]-|xapp-|sk-)[A-Za-z0-9._-]{4,}"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
    r"|(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}=(?!=)"  # a key for texts
)
EVERY_S = 10.0


def mask(text: str, secrets: Sequence[str] = ()) -> str:
    """The text with these secrets replaced, and whatever looks like a token, a key or a password in an address."""
    for secret in secrets:
        text = text.replace(secret, "…")
    return SECRETS.sub(lambda found: (found[1] or "") + "…", text)


class _Masked:
    """Renders an event, then masks: whatever field or traceback a secret got into."""

    def __init__(self, render: structlog.typing.Processor, secrets: Sequence[str]) -> None:
        self.render, self.secrets = render, secrets

    def __call__(self, logger: Any, name: str, event: MutableMapping[str, Any]) -> str:
        return mask(str(self.render(logger, name, event)), self.secrets)


class Seldom(logging.Filter):
    """Each sentence once in EVERY_S. Whoever reaches the port can have the server say what they sent was no HTTP, with
    a traceback each time: that must not fill the disk.
    """

    def __init__(self) -> None:
        super().__init__()
        self._said_at: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """By the sentence without its arguments, of which the server has a handful."""
        sentence = str(record.msg)
        if record.created - self._said_at.get(sentence, -EVERY_S) < EVERY_S:
            return False
        self._said_at[sentence] = record.created
        return True


def configure(style: Literal["console", "json"], level: str, secrets: Sequence[str] = ()) -> None:
    """Send our own events and the libraries' warnings to standard error, in one form; what nobody caught as well.

    `secrets`: values that must not be seen, whatever they look like.
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
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _Masked(last, secrets)],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name in ("bot", "handlers", "budget", "store"):
        logging.getLogger(name).setLevel(level.upper())
    logging.getLogger("aiohttp.server").addFilter(Seldom())
    sys.excepthook = _uncaught
    threading.excepthook = lambda found: _uncaught(found.exc_type, found.exc_value, found.exc_traceback)


def _uncaught(kind: type[BaseException], fault: BaseException | None, trace: TracebackType | None) -> None:
    """The interpreter would print it as it is."""
    logging.getLogger("bot").critical("a fault that nobody caught", exc_info=(kind, fault or kind(), trace))
