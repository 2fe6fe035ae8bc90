"""Clicks that move tokens: agreeing to what was shown before and after, leaving it, taking something back.

A button says which of the things in our books is meant; whose it is, and whether it may be done, is looked up there.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from budget.outcome import No
from budget.projects.funding import Funded
from budget.transfers import confirming, deeds, undoing
from budget.transfers.confirming import Carried, Doubt
from handlers.slack.desk import Desk
from handlers.slack.forms import user_of
from handlers.slack.telling import reader_of
from handlers.slack.views import money, projects
from handlers.slack.views import moving as view
from handlers.slack.views.forms import closed
from handlers.slack.views.pieces import Reply, refused, said
from handlers.slack.wire.faults import No as SlackNo
from handlers.slack.wire.line import call
from store.database import Unavailable
from store.people import Person

log = structlog.get_logger(__name__)

ORIGIN = "slack:button"
NUMBER = re.compile(r"[0-9]{1,18}")
AWAY = "The books cannot be reached just now. Try again in a minute: nothing is done twice."
FAULT = "Something went wrong on our side. If it happens again, tell an admin this reference: {reference}"

Work = Callable[[Person, str], Awaitable[Reply]]


def register(app: AsyncApp, desk: Desk) -> None:
    """The buttons of this area, its forms' aside."""

    async def on_click(
        body: Mapping[str, Any], action: Mapping[str, Any], ack: AsyncAck, respond: AsyncRespond
    ) -> None:
        work = works[str(action.get("action_id")).partition(":")[0]]
        reply = await _done(desk, user_of(body), str(action.get("value") or ""), work)
        await ack()
        desk.letters.nudge()
        desk.homes.touch(user_of(body))
        await tell(desk, body, respond, reply)

    works: dict[str, Work] = {
        view.AGREE: lambda who, value: agree(desk, who, value),
        view.DOLLARS: lambda who, value: agree(desk, who, value, as_dollars=True),
        view.LEAVE: lambda who, value: leave(desk, who, value),
        view.UNDO: lambda who, value: undo(desk, who, value),
    }
    app.action(re.compile(f"^({'|'.join(works)})(:[0-9]+)?$"))(on_click)


async def _done(desk: Desk, user_id: str, value: str, work: Work) -> Reply:
    """What a click is answered with, whatever happens."""
    try:
        who = await desk.identity.who(user_id)
        return refused(who) if isinstance(who, No) else await work(who, value)
    except Unavailable as away:
        log.warning("database is away", what="a click", reason=str(away))
        return said([AWAY])
    except Exception:
        reference = desk.new_id()
        log.exception("click failed", reference=reference)
        return said([FAULT.format(reference=reference)])


def answered(desk: Desk, who: Person, done: Carried | Doubt | No) -> Reply:
    """What was done, what is asked, or why not."""
    if isinstance(done, No):
        return refused(done)
    reader = reader_of(desk.house, who)
    if isinstance(done, Funded):
        return projects.done(done, reader)
    return view.asked(done, reader) if isinstance(done, Doubt) else money.done(done, reader)


async def agree(desk: Desk, who: Person, pending_id: str, *, as_dollars: bool = False) -> Reply:
    """Carry out what was asked about."""
    done = await confirming.agree(desk.house, who.id, pending_id, as_dollars=as_dollars, origin=ORIGIN)
    return answered(desk, who, done)


async def leave(desk: Desk, who: Person, pending_id: str) -> Reply:
    """Not after all."""
    return refused(await confirming.leave(desk.house, who.id, pending_id))


async def undo(desk: Desk, who: Person, value: str) -> Reply:
    """Take one thing back; the others stay to be taken back."""
    number = int(value) if NUMBER.fullmatch(value) else 0
    done = await undoing.undo(desk.house, who.id, number, origin=ORIGIN)
    reader = reader_of(desk.house, who)
    left = view.deeds(await deeds.list_deeds(desk.house, who.id), reader)
    first = refused(done) if isinstance(done, No) else view.undone(done, reader)
    return Reply(f"{first.text}\n{left.text}", [*first.blocks, *left.blocks])


async def tell(desk: Desk, body: Mapping[str, Any], respond: AsyncRespond, reply: Reply) -> None:
    """In the place of the buttons: in the form where they stand, or in the message."""
    shown = body.get("view") or {}
    if shown.get("type") == "modal":
        title, view_id = str((shown.get("title") or {}).get("text") or ""), str(shown["id"])
        now = {**closed(title, []), "blocks": list(reply.blocks)}
        sent = await call(desk.limits, "views.update", lambda: desk.client.views_update(view_id=view_id, view=now))
        if isinstance(sent, SlackNo):
            log.warning("answer to a click not shown", error=sent.error)
        return
    try:
        await respond(text=reply.text, blocks=list(reply.blocks), response_type="ephemeral", replace_original=True)
    except (aiohttp.ClientError, OSError, TimeoutError) as fault:
        log.warning("answer to a click not delivered", kind=type(fault).__name__)
