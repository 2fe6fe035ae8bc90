"""From a Slack event to a question: which messages are for us, and what they say in plain text. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from budget.context import Said
from handlers.slack.posting import words_of
from store.asks import NewAsk

Event = Mapping[str, Any]

# Messages with other subtypes (edits, deletions, joins, bots) are not questions.
ASKING_SUBTYPES = (None, "file_share", "thread_broadcast")
LARGEST_TEXT = 200_000  # characters; Slack itself stops far below
MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|([^>]*))?>")
CHANNEL = re.compile(r"<#([CG][A-Z0-9]+)(?:\|([^>]*))?>")
SPECIAL = re.compile(r"<!(?:subteam\^[A-Z0-9]+\|?@?([^>]*)|(here|channel|everyone)[^>]*|[^|>]*\|?([^>]*))>")
LINK = re.compile(r"<((?:https?|mailto|ftp|tel):[^|>]+)(?:\|([^>]*))?>")


def new_ask(body: Event, event: Event, *, ask_id: str, workspace_id: str, bot_user_id: str) -> NewAsk | None:
    """The question in an `app_mention` or `message` event, or None when it is not one for us."""
    if not _is_for_us(event, bot_user_id):
        return None
    ts, thread = str(event["ts"]), event.get("thread_ts")
    place = "dm" if event.get("channel_type") == "im" else "thread" if thread else "channel"
    return NewAsk(
        id=ask_id,
        workspace_id=workspace_id,
        event_id=str(body.get("event_id") or f"{event['channel']}:{ts}"),
        channel_id=str(event["channel"]),
        message_ts=ts,
        thread_ts=str(thread or ts),
        client_msg_id=event.get("client_msg_id"),
        place=place,
        asker_id=str(event["user"]),
        question=plain_text(str(event.get("text") or ""), bot_user_id)[:LARGEST_TEXT],
    )


def _is_for_us(event: Event, bot_user_id: str) -> bool:
    if not all(isinstance(event.get(name), str) and event[name] for name in ("channel", "ts", "user")):
        return False
    if event.get("bot_id") or event.get("subtype") not in ASKING_SUBTYPES:
        return False
    if event["user"] in (bot_user_id, "USLACKBOT"):
        return False
    mentioned = any(found[1] == bot_user_id for found in MENTION.finditer(str(event.get("text") or "")))
    return event.get("type") == "app_mention" or event.get("channel_type") == "im" or mentioned


def plain_text(text: str, bot_user_id: str) -> str:
    """Slack's markup as a person reads it; mentions of the bot are left out."""
    text = MENTION.sub(lambda found: "" if found[1] == bot_user_id else f"@{found[2] or found[1]}", text)
    text = CHANNEL.sub(lambda found: f"#{found[2] or found[1]}", text)
    text = LINK.sub(lambda found: f"{found[2]} ({found[1]})" if found[2] and found[2] != found[1] else found[1], text)
    text = SPECIAL.sub(lambda found: f"@{found[1] or found[2] or found[3] or ''}", text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip()


def thread_so_far(
    messages: Sequence[Event], *, before_ts: str, bot_user_id: str, names: Mapping[str, str]
) -> list[Said]:
    """The messages of a thread before a question, oldest first; posts of other apps and empty ones are left out."""
    said = []
    for message in sorted(messages, key=lambda message: float(message.get("ts") or 0)):
        by_us = message.get("user") == bot_user_id
        text = words_of(message) if by_us else plain_text(str(message.get("text") or ""), bot_user_id)
        if float(message.get("ts") or 0) >= float(before_ts) or not text or (message.get("bot_id") and not by_us):
            continue
        author = str(message.get("user") or "someone")
        said.append(Said(names.get(author, author), text, by_us))
    return said
