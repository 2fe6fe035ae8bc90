"""The thread so far, read from Slack."""

from collections.abc import Sequence
from typing import Any

import structlog

from handlers.slack.desk import Desk
from handlers.slack.faults import No, attempt

log = structlog.get_logger(__name__)

MOST_MESSAGES = 200  # of a thread: what is older would not fit a model's context in practice


async def read_thread(desk: Desk, channel_id: str, thread_ts: str, message_ts: str) -> Sequence[dict[str, Any]]:
    """Up to MOST_MESSAGES messages of the thread; none for a question that begins one, or that Slack will not show."""
    if thread_ts == message_ts:
        return []
    found = await attempt(
        desk.client.conversations_replies(
            channel=channel_id, ts=thread_ts, latest=message_ts, inclusive=False, limit=MOST_MESSAGES
        )
    )
    if isinstance(found, No):
        log.warning("thread not read", channel=channel_id, error=found.error)
        return []
    return [message for message in found.get("messages") or [] if isinstance(message, dict)]


async def read_message(desk: Desk, channel_id: str, thread_ts: str, message_ts: str) -> dict[str, Any] | None:
    """One message as it stands now; None when it is gone or cannot be read."""
    found = await attempt(
        desk.client.conversations_replies(
            channel=channel_id, ts=thread_ts, oldest=message_ts, latest=message_ts, inclusive=True, limit=10
        )
    )
    if isinstance(found, No):
        log.warning("message not read", channel=channel_id, error=found.error)
        return None
    return next((message for message in found.get("messages") or [] if message.get("ts") == message_ts), None)
