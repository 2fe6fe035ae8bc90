"""The thread so far, read from Slack."""

from typing import Any

import structlog

from handlers.slack.desk import Desk
from handlers.slack.wire.faults import No
from handlers.slack.wire.line import call

log = structlog.get_logger(__name__)

METHOD = "conversations.replies"

MOST_MESSAGES = 200  # of a thread: what is older would not fit a model's context in practice
PAGES, PAGE = 5, 999  # Slack gives the oldest first, so all pages are read; PAGE is the largest it allows


async def read_thread(desk: Desk, channel_id: str, thread_ts: str, message_ts: str) -> list[dict[str, Any]]:
    """The messages of the thread before a question, oldest first; none for a question that begins a thread.

    What Slack will not show, or what lies beyond PAGES, is missing.
    """
    if thread_ts == message_ts:
        return []
    return (await _read(desk, channel_id, thread_ts, latest=message_ts, inclusive=False))[0]


async def read_all(desk: Desk, channel_id: str, thread_ts: str) -> list[dict[str, Any]] | No:
    """All messages of a thread as it stands, oldest first, with our posts' keys; No where Slack breaks off."""
    read, no = await _read(desk, channel_id, thread_ts, include_all_metadata=True)
    return no or read


async def _read(desk: Desk, channel_id: str, thread_ts: str, **which: Any) -> tuple[list[dict[str, Any]], No | None]:
    """What was read, and what Slack said instead of the rest."""
    read: dict[str, dict[str, Any]] = {}  # by their ts: the root may come with every page
    cursor = ""
    for _ in range(PAGES):
        page = await _page(desk, channel_id, thread_ts, cursor, which)
        if isinstance(page, No):
            log.warning("thread not read", channel=channel_id, error=page.error, messages=len(read))
            return list(read.values()), page
        read |= {str(message.get("ts")): message for message in page.get("messages") or [] if isinstance(message, dict)}
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            break
    else:
        log.warning("thread too long to be read", channel=channel_id, messages=len(read))
    return list(read.values()), None


async def _page(desk: Desk, channel_id: str, thread_ts: str, cursor: str, which: dict[str, Any]) -> dict[str, Any] | No:
    return await call(
        desk.limits,
        METHOD,
        lambda: desk.client.conversations_replies(
            channel=channel_id, ts=thread_ts, limit=PAGE, cursor=cursor or None, **which
        ),
    )


async def read_message(desk: Desk, channel_id: str, thread_ts: str, message_ts: str) -> dict[str, Any] | None:
    """One message as it stands now; None when it is gone or cannot be read."""
    found = await call(
        desk.limits,
        METHOD,
        lambda: desk.client.conversations_replies(
            channel=channel_id, ts=thread_ts, oldest=message_ts, latest=message_ts, inclusive=True, limit=10
        ),
    )
    if isinstance(found, No):
        log.warning("message not read", channel=channel_id, error=found.error)
        return None
    return next((message for message in found.get("messages") or [] if message.get("ts") == message_ts), None)
