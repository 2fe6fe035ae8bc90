"""Clicks on buttons around requests: who clicks is looked up anew, and always reads what became of it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
import structlog
from slack_bolt.async_app import AsyncAck, AsyncRespond

from budget.money import BadAmount, parse_amount, show
from budget.outcome import No
from handlers.slack.desk import Desk
from handlers.slack.forms import user_of
from handlers.slack.views import requests_forms as view
from handlers.slack.views.forms import closed
from handlers.slack.views.pieces import Reply, context, refused
from handlers.slack.wire.faults import No as SlackNo
from handlers.slack.wire.line import call
from store.database import Unavailable
from store.people import Person

log = structlog.get_logger(__name__)

CLICKED = "slack:button"
AWAY = (
    "The books cannot be reached just now. Look here again in a minute: while the buttons are there, click once more."
)
FAULT = "Something went wrong on our side. If it happens again, tell an admin this reference: {reference}"
KEPT = ("title", "submit", "close", "callback_id", "private_metadata")

Work = Callable[[Person], Awaitable[Reply | No]]


async def clicked(
    desk: Desk, body: Mapping[str, Any], ack: AsyncAck, respond: AsyncRespond, work: Work, *, in_place: bool = True
) -> None:
    """Do what a click asks for, then say what became of it: a no apart from the buttons, the rest in their place."""
    done = await _done(desk, body, work)
    await ack()
    desk.letters.nudge()
    desk.homes.touch(user_of(body))
    reply = refused(done) if isinstance(done, No) else done
    if reply.text or reply.blocks:
        await tell(desk, body, respond, reply, in_place=in_place and not isinstance(done, No))


async def _done(desk: Desk, body: Mapping[str, Any], work: Work) -> Reply | No:
    try:
        who = await desk.identity.who(user_of(body))
        return who if isinstance(who, No) else await work(who)
    except Unavailable as away:
        log.warning("database is away", what="a click", reason=str(away))
        return No(AWAY)
    except Exception:
        reference = desk.new_id()
        log.exception("click failed", reference=reference)
        return No(FAULT.format(reference=reference))


async def tell(
    desk: Desk, body: Mapping[str, Any], respond: AsyncRespond, reply: Reply, *, in_place: bool = False
) -> None:
    """Say something to whoever clicked: beside the message, or in a window where there is none (the Home tab)."""
    if not body.get("response_url"):
        shown, trigger = closed("Requests", [], list(reply.blocks)), str(body.get("trigger_id") or "")
        opened = await call(
            desk.limits, "views.open", lambda: desk.client.views_open(trigger_id=trigger, view=shown)
        )  # fmt: skip
        if isinstance(opened, SlackNo):
            log.warning("answer to a click not shown", error=opened.error)
        return
    try:
        await respond(
            text=reply.text, blocks=list(reply.blocks), response_type="ephemeral", replace_original=in_place
        )  # fmt: skip
    except (aiohttp.ClientError, OSError, TimeoutError) as fault:
        log.warning("answer to a click not delivered", kind=type(fault).__name__)


async def show_check(desk: Desk, body: Mapping[str, Any], typed: str) -> None:
    """Say under the amount how it is read, while it is typed: nice to have, so only when it is our turn at once."""
    shown = body.get("view") or {}
    amount = parse_amount(typed, desk.house.face)
    words = amount.sentence if isinstance(amount, BadAmount) else f"That is *{show(amount, desk.house.face)}*."
    blocks = [block for block in shown.get("blocks", []) if block.get("block_id") != view.CHECK]
    at = next((place for place, block in enumerate(blocks) if block.get("block_id") == view.AMOUNT), None)
    if at is None or not desk.limits.try_take("views.update"):
        return
    blocks.insert(at + 1, {**context(words), "block_id": view.CHECK})
    made = {"type": "modal", **{name: shown[name] for name in KEPT if shown.get(name)}, "blocks": blocks}
    changed = await call(
        desk.limits, "views.update",
        lambda: desk.client.views_update(view_id=str(shown["id"]), hash=str(shown.get("hash") or ""), view=made),
    )  # fmt: skip
    if isinstance(changed, SlackNo):  # typed on, or closed meanwhile
        log.debug("check of an amount not shown", error=changed.error)
