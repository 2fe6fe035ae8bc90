"""Mentions, direct messages and replies that are followed: written down before they are acknowledged.

The worker answers them. What is changed later is offered to be asked again.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp

from handlers.slack.answering.jobs import Job, reply_for
from handlers.slack.answering.worker import Worker
from handlers.slack.asking.edits import Change, change_in, change_of, edited_ts_of, offer
from handlers.slack.asking.following import Follower
from handlers.slack.asking.questions import new_ask
from handlers.slack.desk import Desk
from handlers.slack.views.answers import NOT_TAKEN
from handlers.slack.wire.late import Late
from store.asks import NewAsk
from store.database import Unavailable

log = structlog.get_logger(__name__)

REMEMBERED = 1_000  # questions that could not be written down, so that each is spoken of once


def register(app: AsyncApp, desk: Desk, worker: Worker) -> Late:
    """The same message may come as `app_mention` and as `message`, several times: the keys tell."""
    late, follower = Late(), Follower(desk)
    spoken_of: set[tuple[str, str]] = set()

    async def on_message(body: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        if event.get("subtype") == "message_changed":
            change = change_in(event, desk.bot_user_id)
        else:
            change = await on_question(body, event)
        if change:
            late.start(offer(desk, change))

    async def on_question(body: Mapping[str, Any], event: Mapping[str, Any]) -> Change | None:
        new = await read(body, event)
        if new is None:
            return None
        try:
            is_new = await worker.take(new)
        except Unavailable:
            if (new.channel_id, new.message_ts) not in spoken_of:
                spoken_of.add((new.channel_id, new.message_ts))
                late.start(say_not_taken(desk, new))
            raise  # not acknowledged: Slack brings it again
        if len(spoken_of) > REMEMBERED:
            spoken_of.clear()
        return None if is_new else change_of(new)

    async def read(body: Mapping[str, Any], event: Mapping[str, Any]) -> NewAsk | None:
        new = new_ask(body, event, ask_id=desk.new_id(), workspace_id=desk.workspace_id, bot_user_id=desk.bot_user_id)
        new = new or await follower.question(body, event)
        return replace(new, edited_ts=edited_ts_of(event)) if new else None

    app.event("app_mention")(on_message)
    app.event("message")(on_message)
    return late


async def say_not_taken(desk: Desk, new: NewAsk) -> None:
    """Tell the asker that their question could not even be written down."""
    shown = await reply_for(desk, Job.of(new)).whisper(NOT_TAKEN)
    log.warning("a question could not be written down", asker_told=shown)
