"""Cursors: opaque to the caller, an offset to us."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from sandbox.workspace import limits
from sandbox.workspace.wire import JsonObject, SlackError, invalid_arguments

T = TypeVar("T")


def page(items: Sequence[T], args: JsonObject, *, default: int = limits.PAGE_DEFAULT) -> tuple[list[T], JsonObject]:
    """One page of `items` and the `response_metadata` naming the next."""
    try:
        limit = int(args.get("limit") or default)
    except (TypeError, ValueError):
        raise invalid_arguments("limit must be an integer") from None
    if not 0 < limit <= limits.PAGE_MAX:
        raise SlackError("invalid_limit")
    start = _offset(str(args.get("cursor") or ""))
    following = start + limit
    cursor = base64.b64encode(f"next:{following}".encode()).decode() if following < len(items) else ""
    return list(items[start:following]), {"response_metadata": {"next_cursor": cursor}}


def _offset(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        word, _, offset = base64.b64decode(cursor, validate=True).decode().partition(":")
        if word == "next":
            return int(offset)
    except (ValueError, binascii.Error):
        pass
    raise SlackError("invalid_cursor")
