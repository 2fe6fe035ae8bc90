"""`/tokens ask QUESTION`: answered in the direct messages of whoever asks, and only there until they share it."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any

from handlers.slack.answering.worker import Worker
from handlers.slack.asking import membership
from handlers.slack.asking.placing import event_of, is_placed, without_a_message
from handlers.slack.asking.questions import plain_text
from handlers.slack.asking.wishes import wish_in
from handlers.slack.desk import Desk
from handlers.slack.views import private as view
from handlers.slack.views.asked import MOST_CHARS
from handlers.slack.views.pieces import Reply, said
from handlers.slack.wire.faults import No
from handlers.slack.wire.line import call
from store import messages
from store.asks import Ask

COMMAND = re.compile(r"\s*(?:/tokens\s+)?ask\b", re.IGNORECASE)
LOOK_EVERY_S, LOOK_S = 0.1, 8.0  # for the message that the question gets, to link to it


async def ask(desk: Desk, worker: Worker, body: Mapping[str, Any]) -> Reply:
    """Take a question that was typed after the command, and say where its answer comes. Raises Unavailable.

    The same command twice is one question.
    """
    question, wanted_model = question_in(str(body.get("text") or ""), desk.bot_user_id)
    if len(question) > MOST_CHARS:
        return said([view.TOO_LONG])
    channel_id, happening = str(body.get("channel_id")), f"command:{body['trigger_id']}"
    is_channel = membership.is_channel(channel_id, str(body.get("channel_name")))
    new = without_a_message(
        desk, happening, str(body["user_id"]), question, wanted_model=wanted_model,
        asked_in=(channel_id, None) if is_channel else None,
    )  # fmt: skip
    await worker.take(new)
    placed = await _placed(desk, happening)
    if placed is None or is_placed(placed.message_ts):
        return view.answered_there(await _link(desk, placed) if placed else None)
    return said([view.NOT_WRITTEN])


def question_in(typed: str, bot_user_id: str) -> tuple[str, str | None]:
    """The question as it was typed, line by line, and the model that it names."""
    return wish_in(plain_text(COMMAND.sub("", typed, count=1), bot_user_id))


async def _placed(desk: Desk, happening: str) -> Ask | None:
    """The question once it has its message, or has ended without one; None: that takes long."""
    clock, event_id = desk.limits.monotonic_s, event_of(happening)
    until_s = clock() + LOOK_S
    while clock() < until_s:
        found = await desk.house.database.read(lambda conn: messages.by_event(conn, desk.workspace_id, event_id))
        if found and (is_placed(found.message_ts) or found.told_at):
            return found
        await asyncio.sleep(LOOK_EVERY_S)
    return None


async def _link(desk: Desk, placed: Ask) -> str | None:
    found = await call(
        desk.limits,
        "chat.getPermalink",
        lambda: desk.client.chat_getPermalink(channel=placed.channel_id, message_ts=placed.message_ts),
    )
    return None if isinstance(found, No) else str(found.get("permalink"))
