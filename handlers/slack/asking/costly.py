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

from budget.offer.mine import models_for
from budget.offer.model import Models
from handlers.slack.answering.worker import Worker
from handlers.slack.asking.retries import AWAY, NOT_YOURS, again, ask_named
from handlers.slack.desk import Desk
from handlers.slack.views import costly as view
from handlers.slack.views.pieces import Reply, said
from store import asks, messages, people
from store.asks import Ask, NewAsk
from store.database import Connection, Unavailable

log = structlog.get_logger(__name__)

ACCOUNT_CHARS = 160  # of an account's id


@dataclass(frozen=True, slots=True)
class Shown:
    """What a click is answered with: in the place of the buttons, or apart from them."""

    reply: Reply
    in_place: bool = True


def register(app: AsyncApp, desk: Desk, worker: Worker) -> None:
    """One listener for all kinds of buttons."""

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

    app.action(re.compile(f"{view.AGREE}|{view.LEAVE}|{view.WITH}[0-9]+|{view.POOL}[0-9]+"))(on_click)


async def clicked(desk: Desk, worker: Worker, action: Mapping[str, Any], user_id: str) -> Shown:
    """Do what a button says, if that is still possible and theirs to say."""
    action_id, (ask_id, _, which) = str(action.get("action_id")), str(action.get("value")).partition(" ")
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
        if action_id.startswith(view.POOL):
            return await _let_pay(desk, worker, old, user_id, which)
        return await _ask_with(desk, worker, old, user_id, which)
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
    if old.outcome not in ("costly", "too dear") or not old.bound_micros or not old.model:
        return in_place(view.NOTHING_TO_AGREE)
    line = view.agreed(old.model, old.bound_micros)
    return await _round(desk, worker, old, user_id, old.model, line, confirmed_micros=old.bound_micros)


async def _ask_with(desk: Desk, worker: Worker, old: Ask, user_id: str, model: str) -> Shown:
    return await _round(desk, worker, old, user_id, model, view.with_other(model))


async def _let_pay(desk: Desk, worker: Worker, old: Ask, user_id: str, account_id: str) -> Shown:
    """A pool of the asker's teams is to pay. Whether it may is looked up when the question is asked."""
    return await _taken(worker, await again(desk, old, user_id, payer=account_id[:ACCOUNT_CHARS]), view.with_pool())


async def _round(
    desk: Desk, worker: Worker, old: Ask, user_id: str, model: str, line: str, confirmed_micros: int | None = None
) -> Shown:
    """The next round with this model, unless it is no longer on offer."""
    if desk.house.models.get(model) is None:
        return Shown(view.no_model(await offered_to(desk, user_id), model, old.id))
    return await _taken(worker, await again(desk, old, user_id, model=model, confirmed_micros=confirmed_micros), line)


async def offered_to(desk: Desk, user_id: str) -> Models:
    """The models that someone may use; all where they are not known, or may use none: what they ask is looked at."""

    def work(conn: Connection) -> Models | None:
        person = people.by_slack_id(conn, desk.workspace_id, user_id)
        return models_for(conn, desk.house, person) if person else None

    try:
        return await desk.house.database.look_up(work) or desk.house.models
    except Unavailable:
        return desk.house.models


async def _taken(worker: Worker, new: NewAsk | str, line: str) -> Shown:
    if isinstance(new, str):
        return apart(new)
    return in_place(line if await worker.take(new) else view.ASKED_ALREADY)


def in_place(sentence: str) -> Shown:
    """A line where the buttons were."""
    return Shown(said([sentence]))


def apart(sentence: str) -> Shown:
    """A line of its own; the buttons stay."""
    return Shown(said([sentence]), in_place=False)
