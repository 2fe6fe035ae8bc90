"""Post a message once, even when the answer to the post was lost or another worker did it before."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from handlers.slack.wire.faults import PATIENCE_S, No, attempt
from handlers.slack.wire.limits import Limits

EVENT_TYPE = "stipend_post"
LOOK_PAGES, LOOK_PAGE = 5, 999  # how far back we look for a post of ours

Message = Mapping[str, Any]
Sleep = Callable[[float], Awaitable[object]]


async def post_once(
    client: AsyncWebClient,
    key: str,
    *,
    look_first: bool = False,
    limits: Limits | None = None,
    sleep: Sleep = asyncio.sleep,
    patience_s: tuple[float, ...] = PATIENCE_S,
    **message: Any,
) -> str | No:
    """The ts of the message that carries `key` in its metadata; sent unless it is there already.

    `message`: the arguments of chat.postMessage. When the connection dropped after sending, or a 5xx came back, the
    thread (or channel) is searched for the key before anything is sent again. `look_first` searches right away: for
    a second worker that takes over after a crash. Another try follows after each pause of `patience_s`.
    Where reading is not allowed, a possible second copy is preferred to an answer that nobody sees.
    """
    look, result = look_first, No("network")
    for pause_s in (0.0, *patience_s):
        if pause_s:
            await sleep(max(pause_s, result.retry_after_s))
        found = await _look_or_post(client, key, message, limits, look=look)
        if isinstance(found, str) or not found.is_worth_waiting:
            return found
        look, result = look or found.maybe_done, found
    return No(result.error, maybe_done=look)


async def find_key(
    client: AsyncWebClient, key: str, channel: str, thread_ts: str | None, limits: Limits | None = None
) -> str | No | None:
    """The ts of the message that carries `key`."""
    return await find_post(client, channel, thread_ts, lambda seen: key_of(seen) == key, limits)


async def find_post(
    client: AsyncWebClient,
    channel: str,
    thread_ts: str | None,
    matches: Callable[[Message], bool],
    limits: Limits | None = None,
) -> str | No | None:
    """The ts of the first matching message of the thread, or of the channel's latest ones; None when there is none."""
    cursor = ""
    for _ in range(LOOK_PAGES):
        page = await _page(client, channel, thread_ts, cursor, limits)
        if isinstance(page, No):
            return page
        found = next((str(message["ts"]) for message in page.get("messages", []) if matches(message)), None)
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
        if found or not cursor:
            return found
    return None


def mark(key: str) -> dict[str, Any]:
    """The metadata by which a message of ours is found again. It proves nothing: anyone's app may write the same."""
    return {"event_type": EVENT_TYPE, "event_payload": {"key": key}}


def words_of(message: Message) -> str:
    """The Markdown of a message of ours where it has some (its `text` may be only an excerpt), else its `text`."""
    blocks = message.get("blocks") or []
    markdown = [str(block.get("text") or "") for block in blocks if block.get("type") == "markdown"]
    return "\n".join(markdown) or str(message.get("text") or "")


async def _look_or_post(
    client: AsyncWebClient, key: str, message: Mapping[str, Any], limits: Limits | None, *, look: bool
) -> str | No:
    channel = str(message["channel"])
    if look:
        found = await find_key(client, key, channel, message.get("thread_ts"), limits)
        if isinstance(found, str) or (found and found.is_passing):
            return found
    if limits and not await limits.take("chat.postMessage", channel):
        return No("ratelimited")
    sent = await attempt(client.chat_postMessage(metadata=mark(key), **message))
    return sent if isinstance(sent, No) else str(sent["ts"])


async def _page(
    client: AsyncWebClient, channel: str, thread_ts: str | None, cursor: str, limits: Limits | None
) -> dict[str, Any] | No:
    method = "conversations.replies" if thread_ts else "conversations.history"
    if limits and not await limits.take(method, channel):
        return No("ratelimited")
    wanted: dict[str, Any] = {"channel": channel, "include_all_metadata": True, "limit": LOOK_PAGE}
    if cursor:
        wanted["cursor"] = cursor
    if thread_ts:
        return await attempt(client.conversations_replies(ts=thread_ts, **wanted))
    return await attempt(client.conversations_history(**wanted))


def key_of(message: Message) -> str | None:
    """The key that `post_once` gave a message, if it did."""
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    return payload.get("key") if metadata.get("event_type") == EVENT_TYPE else None
