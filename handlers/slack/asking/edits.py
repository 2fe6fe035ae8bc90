"""Questions that were changed after they were asked: their askers are offered to ask again, once for each change."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from handlers.slack.answering.jobs import Job, reply_for
from handlers.slack.asking.questions import ASKING_SUBTYPES, MENTION, TS_CHARS
from handlers.slack.desk import Desk
from handlers.slack.views import edits as view
from store import messages
from store.asks import Ask, NewAsk

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Change:
    """Someone changed their message. `edited_ts` tells one edit from the others."""

    channel_id: str
    message_ts: str
    user_id: str
    edited_ts: str


def change_in(event: Mapping[str, Any], bot_user_id: str) -> Change | None:
    """What a `message_changed` event tells, if that may be a question whose words changed.

    Unfurled links and new replies change a message as well. A message that mentions us only now is no changed
    question: it arrives as a new one.
    """
    message, previous = event.get("message"), event.get("previous_message")
    if not isinstance(message, Mapping) or not isinstance(previous, Mapping) or not _by_a_person(message, bot_user_id):
        return None
    texts = str(message.get("text") or ""), str(previous.get("text") or "")
    edited_ts = edited_ts_of(message)
    if texts[0] == texts[1] or edited_ts is None:
        return None
    now, before = (_mentions(text, bot_user_id) for text in texts)
    if now and not before and event.get("channel_type") != "im":
        return None
    return Change(str(event.get("channel")), str(message.get("ts")), str(message["user"]), edited_ts)


def edited_ts_of(message: Mapping[str, Any]) -> str | None:
    """When a message was changed last; None: it is as it was written."""
    edited = message.get("edited")
    ts = edited.get("ts") if isinstance(edited, Mapping) else None
    return ts if isinstance(ts, str) and 0 < len(ts) <= TS_CHARS else None


def change_of(new: NewAsk) -> Change | None:
    """The change that brought a mention which was asked already; None when it came without one."""
    return Change(new.channel_id, new.message_ts, new.asker_id, new.edited_ts) if new.edited_ts else None


def _by_a_person(message: Mapping[str, Any], bot_user_id: str) -> bool:
    user = message.get("user")
    if message.get("bot_id") or message.get("subtype") not in ASKING_SUBTYPES:
        return False
    return isinstance(user, str) and user != bot_user_id


def _mentions(text: str, bot_user_id: str) -> bool:
    return any(found[1] == bot_user_id for found in MENTION.finditer(text))


async def offer(desk: Desk, change: Change) -> None:
    """Tell the asker alone, if the message is an ask of theirs; a fault leaves it at that."""
    try:
        found = await _take(desk, change)
        if found is None:
            return
        told, job = view.changed(found), Job.of(found)
        job.reply_ts = None  # shown where the message was changed, not in a thread that nobody is looking at
        shown = await reply_for(desk, job).whisper(told.text, list(told.blocks))
        log.info("a question was changed", ask=found.id, asker_told=shown)
    except Exception:
        log.exception("a changed question was not offered again")


async def _take(desk: Desk, change: Change) -> Ask | None:
    """The ask that was changed, for whoever takes account of this edit first."""
    database = desk.house.database
    found = await database.read(
        lambda conn: messages.last_round(conn, desk.workspace_id, change.channel_id, change.message_ts)
    )
    if found is None or found.asker_id != change.user_id:
        return None
    is_first = await database.write(lambda conn: messages.note_edit(conn, found.id, change.edited_ts))
    return found if is_first else None
