"""Letting somebody leave: shown first, done when it is agreed to."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import aiohttp
import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from budget.org import coming_back, leaving
from budget.org.typed import Keep, Offboard
from budget.outcome import No
from budget.typed import PersonRef
from handlers.slack.areas.call import ORIGIN, Call
from handlers.slack.desk import Desk
from handlers.slack.telling import reader_of
from handlers.slack.views import offboarding as view
from handlers.slack.views.pieces import UNREADABLE, Reply, refused, said
from store.database import Unavailable
from store.people import Person

log = structlog.get_logger(__name__)

CLICK = "slack:button"
AWAY = "The books cannot be reached just now, so nothing was changed. Try again in a minute."


def register(app: AsyncApp, desk: Desk) -> None:
    """The two buttons below what would happen."""

    async def on_agreed(
        body: Mapping[str, Any], action: Mapping[str, Any], ack: AsyncAck, respond: AsyncRespond
    ) -> None:
        await ack()
        await answer(respond, await agreed(desk, str(action.get("value")), str((body.get("user") or {}).get("id"))))

    async def on_left_alone(ack: AsyncAck, respond: AsyncRespond) -> None:
        await ack()
        await answer(respond, said([view.NOTHING_DONE]))

    app.action(view.AGREE)(on_agreed)
    app.action(view.LEAVE)(on_left_alone)


async def answer(respond: AsyncRespond, reply: Reply) -> None:
    """In the place of what was shown."""
    try:
        await respond(text=reply.text, blocks=list(reply.blocks), response_type="ephemeral", replace_original=True)
    except (aiohttp.ClientError, OSError, TimeoutError) as fault:
        log.warning("answer to a click not delivered", kind=type(fault).__name__)


async def on_offboard(call: Call, command: Offboard) -> Reply:
    """`offboard @person [on YYYY-MM-DD]`: what would happen, with a button that does it."""
    house = call.desk.house
    if command.last_on is not None and (wrong := leaving.day_problem(command.last_on, leaving.today(house))):
        return refused(No(wrong, "offboard @person"))
    shown = await leaving.show(house, call.who.id, command.person)
    return refused(shown) if isinstance(shown, No) else view.shown(shown, command.last_on, call.reader)


async def on_keep(call: Call, command: Keep) -> Reply:
    """`offboard @person cancel`"""
    kept = await coming_back.keep(call.desk.house, call.who.id, command.person, origin=ORIGIN)
    return refused(kept) if isinstance(kept, No) else view.kept(kept)


async def agreed(desk: Desk, value: str, user_id: str) -> Reply:
    """Do what was shown, as far as whoever clicked may. The button only says who is meant, and which day."""
    slack_id, _, day = value.partition(" ")
    try:
        last_on = date.fromisoformat(day) if day else None
    except ValueError:
        return said([UNREADABLE])
    try:
        who = await desk.identity.who(user_id)
        if isinstance(who, No):
            return refused(who)
        done = await carry_out(desk, who, PersonRef(slack_id), last_on)
    except Unavailable as away:
        log.warning("database is away", what="a click", reason=str(away))
        return said([AWAY])
    desk.letters.nudge()
    return done


async def carry_out(desk: Desk, who: Person, ref: PersonRef, last_on: date | None) -> Reply:
    """Now, or after a last day."""
    reader = reader_of(desk.house, who)
    if last_on is not None:
        planned = await leaving.end_on(desk.house, who.id, ref, last_on, origin=CLICK)
        return refused(planned) if isinstance(planned, No) else view.planned(planned, reader)
    left = await leaving.offboard(desk.house, who.id, ref, origin=CLICK)
    return refused(left) if isinstance(left, No) else view.left(left, reader)
