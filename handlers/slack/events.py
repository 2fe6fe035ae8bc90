"""Mentions and direct messages: written down before they are acknowledged, answered by the worker."""

from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp

from handlers.slack.desk import Desk
from handlers.slack.questions import new_ask
from handlers.slack.worker import Worker


def register(app: AsyncApp, desk: Desk, worker: Worker) -> None:
    """The same message may come as `app_mention` and as `message`, several times: the keys tell."""

    async def on_question(body: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        new = new_ask(body, event, ask_id=desk.new_id(), workspace_id=desk.workspace_id, bot_user_id=desk.bot_user_id)
        if new is not None:
            await worker.take(new)

    app.event("app_mention")(on_question)
    app.event("message")(on_question)
