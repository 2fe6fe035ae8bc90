"""Clicks below a question that was not let through: agree to what it may cost, ask another model, or leave it.

What is agreed to is the bound that was noted with the question, and who may agree is its asker: a button only says
which question is meant. Whatever is clicked how often makes one further round of it at most.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from budget.asking.admission import Refusal
from handlers.slack.answering.worker import Worker
from handlers.slack.asking.retries import AWAY, NOT_YOURS, again, ask_named
from handlers.slack.desk import Desk
from handlers.slack.views import costly as view
from handlers.slack.views.pieces import Reply, said
from store import asks, messages
from store.asks import Ask
from store.database import Unavailable

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a click is answered with: in the place of the buttons, or apart from them."""

    reply: Reply
    in_place: bool = True


def register(app: AsyncApp, desk: Desk, worker: Worker) -> None:
    """One listener for the three kinds of buttons."""

    async def on_click(
        body: Mapping[str, Any], action: Mapping[str, Any], ack: AsyncAck, respond: AsyncRespond
    ) -> None:
        shown = await clicked(desk, worker, action, str((body.get("user") or {}).get("id")))
        await ack()
        try:
            await respond(
                text=shown.reply.text, blocks=list(shown.reply.blocks), response_type="ephemeral",
                replace_original=shown.in_place,
            )  # fmt: skip
        except (aiohttp.ClientError, OSError, TimeoutError) as fault:
            log.warning("answer to a click not delivered", kind=type(fault).__name__)

    app.action(re.compile(f"{view.AGREE}|{view.LEAVE}|{view.WITH}[0-9]+"))(on_click)


async def clicked(desk: Desk, worker: Worker, action: Mapping[str, Any], user_id: str) -> Shown:
    """Do what a button says, if that is still possible and theirs to say."""
    action_id, (ask_id, _, model) = str(action.get("action_id")), str(action.get("value")).partition(" ")
    try:
        old = await ask_named(desk, ask_id)
        if old is None or old.asker_id != user_id or old.workspace_id != desk.workspace_id:
            return apart(NOT_YOURS)
        if await _is_asked(desk, old):
            return in_place(view.ASKED_ALREADY)
        if action_id == view.LEAVE:
            return in_place(view.LEFT)
        if action_id == view.AGREE:
            return await _agree(desk, worker, old, user_id)
        return await _ask_with(desk, worker, old, user_id, model)
    except Unavailable as away:
        log.warning("database is away", what="a click", reason=str(away))
        return apart(AWAY)


async def _is_asked(desk: Desk, old: Ask) -> bool:
    """Whether there is a further round of it, or the question is under way."""
    last = await desk.house.database.read(
        lambda conn: messages.last_round(conn, old.workspace_id, old.channel_id, old.message_ts)
    )
    return old.state in asks.LIVE or (last is not None and last.round > old.round)


async def _agree(desk: Desk, worker: Worker, old: Ask, user_id: str) -> Shown:
    if old.outcome != "costly" or not old.bound_micros or not old.model:
        return in_place(view.NOTHING_TO_AGREE)
    line = view.agreed(old.model, old.bound_micros)
    return await _round(desk, worker, old, user_id, old.model, line, confirmed_micros=old.bound_micros)


async def _ask_with(desk: Desk, worker: Worker, old: Ask, user_id: str, model: str) -> Shown:
    return await _round(desk, worker, old, user_id, model, view.with_other(model))


async def _round(
    desk: Desk, worker: Worker, old: Ask, user_id: str, model: str, line: str, confirmed_micros: int | None = None
) -> Shown:
    """The next round with this model, unless it is no longer on offer."""
    if desk.house.models.get(model) is None:
        return Shown(view.refusal(desk.house, Refusal("no model", model), old.id))
    new = await again(desk, old, user_id, model=model, confirmed_micros=confirmed_micros)
    if isinstance(new, str):
        return apart(new)
    is_new = await worker.take(new)
    return in_place(line if is_new else view.ASKED_ALREADY)


def in_place(sentence: str) -> Shown:
    """A line where the buttons were."""
    return Shown(said([sentence]))


def apart(sentence: str) -> Shown:
    """A line of its own; the buttons stay."""
    return Shown(said([sentence]), in_place=False)
