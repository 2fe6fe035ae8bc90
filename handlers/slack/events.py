"""Mentions and direct messages: written down before they are acknowledged, answered by the worker."""

from collections.abc import Mapping
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp

from handlers.slack.desk import Desk
from handlers.slack.jobs import Job, reply_for
from handlers.slack.late import Late
from handlers.slack.questions import new_ask
from handlers.slack.views.answers import NOT_TAKEN
from handlers.slack.worker import Worker
from store.asks import NewAsk
from store.database import Unavailable

log = structlog.get_logger(__name__)

REMEMBERED = 1_000  # questions that could not be written down, so that each is spoken of once


def register(app: AsyncApp, desk: Desk, worker: Worker) -> Late:
    """The same message may come as `app_mention` and as `message`, several times: the keys tell."""
    late = Late()
    spoken_of: set[tuple[str, str]] = set()

    async def on_question(body: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        new = new_ask(body, event, ask_id=desk.new_id(), workspace_id=desk.workspace_id, bot_user_id=desk.bot_user_id)
        if new is None:
            return
        try:
            await worker.take(new)
        except Unavailable:
            if (new.channel_id, new.message_ts) not in spoken_of:
                spoken_of.add((new.channel_id, new.message_ts))
                late.start(say_not_taken(desk, new))
            raise  # not acknowledged: Slack brings it again
        if len(spoken_of) > REMEMBERED:
            spoken_of.clear()

    app.event("app_mention")(on_question)
    app.event("message")(on_question)
    return late


async def say_not_taken(desk: Desk, new: NewAsk) -> None:
    """Tell the asker that their question could not even be written down."""
    shown = await reply_for(desk, Job.of(new)).whisper(NOT_TAKEN)
    log.warning("a question could not be written down", asker_told=shown)
