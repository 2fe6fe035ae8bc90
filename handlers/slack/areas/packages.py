"""Packages: shown, set after a second look, ended. Statements and offers have files of their own."""

import re
from collections.abc import Mapping
from typing import Any

import aiohttp
import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from budget.outcome import No
from budget.packages import parting, setting
from budget.packages.seen import packages_of
from budget.packages.setting import Draft
from budget.packages.typed import EndPackage, SetPackage, ShowPackages
from budget.typed import AreaCommand
from handlers.slack.answering.worker import Worker
from handlers.slack.areas import packages_papers as papers
from handlers.slack.areas.call import ORIGIN, Answer, Call, Opener
from handlers.slack.desk import Desk
from handlers.slack.forms import user_of
from handlers.slack.telling import reader_of
from handlers.slack.views import packages as view
from handlers.slack.views.pieces import UNREADABLE, Reply, refused, said
from handlers.slack.wire.late import Late
from store.database import Unavailable

log = structlog.get_logger(__name__)

BUTTON = "slack:button"
AWAY = "The books cannot be reached just now, so nothing was changed. Try again in a minute."
FAULT = "Something went wrong on our side. If it happens again, tell an admin this reference: {reference}"


async def show(call: Call, command: ShowPackages) -> Reply:
    """`package [@person]`"""
    found = await packages_of(call.desk.house, call.who.id, command.of, origin=ORIGIN)
    return refused(found) if isinstance(found, No) else view.packages(found, call.reader)


async def draft(call: Call, command: SetPackage) -> Reply:
    """`package @person AMOUNT a year …`: what it would be."""
    shown = await setting.show(call.desk.house, call.who.id, command)
    return refused(shown) if isinstance(shown, No) else view.draft(shown, call.reader)


async def end(call: Call, command: EndPackage) -> Reply:
    """`package @person end`: what it would take."""
    shown = await parting.show(call.desk.house, call.who.id, command)
    return refused(shown) if isinstance(shown, No) else view.ending(shown, call.reader)


ANSWERS: Mapping[type[AreaCommand], Answer] = {
    ShowPackages: show, SetPackage: draft, EndPackage: end, **papers.ANSWERS,
}  # fmt: skip
OPENERS: Mapping[type[AreaCommand], Opener] = {}


def register(app: AsyncApp, desk: Desk, worker: Worker) -> tuple[Late, ...]:  # noqa: ARG001  # one shape for all areas
    """The buttons below a draft and below what could be ended; what they do takes the place of both."""
    late = Late()

    async def on_click(
        body: Mapping[str, Any], action: Mapping[str, Any], ack: AsyncAck, respond: AsyncRespond
    ) -> None:
        await ack()
        late.start(answer(desk, body, action, respond))

    app.action(re.compile(f"{view.SET}|{view.DROP}|{view.END}"))(on_click)
    return (late,)


async def answer(desk: Desk, body: Mapping[str, Any], action: Mapping[str, Any], respond: AsyncRespond) -> None:
    """Do what a click says, and say so."""
    reply, in_place = await outcome(desk, body, action)
    desk.letters.nudge()
    try:
        await respond(text=reply.text, blocks=list(reply.blocks), response_type="ephemeral", replace_original=in_place)
    except (aiohttp.ClientError, OSError, TimeoutError) as fault:
        log.warning("answer to a click not delivered", kind=type(fault).__name__)


async def outcome(desk: Desk, body: Mapping[str, Any], action: Mapping[str, Any]) -> tuple[Reply, bool]:
    """What is said, and whether in the place of the buttons: not where a second click may help."""
    try:
        return await clicked(desk, body, action), True
    except Unavailable as away:
        log.warning("database is away", what="a click", reason=str(away))
        return said([AWAY]), False
    except Exception:
        reference = desk.new_id()
        log.exception("click failed", reference=reference)
        return said([FAULT.format(reference=reference)]), False


async def clicked(desk: Desk, body: Mapping[str, Any], action: Mapping[str, Any]) -> Reply:
    """Who clicks is looked up anew: their rights as they are now decide."""
    action_id, value = str(action.get("action_id")), str(action.get("value") or "")
    if action_id == view.DROP:
        return said([view.DROPPED])
    who = await desk.identity.who(user_of(body))
    if isinstance(who, No):
        return refused(who)
    reader = reader_of(desk.house, who)
    try:
        meant = view.unpacked(value) if action_id == view.SET else view.end_of(value)
    except (ValueError, TypeError):
        return said([UNREADABLE])
    if isinstance(meant, Draft):
        made = await setting.confirm(desk.house, who.id, meant, origin=BUTTON)
        return refused(made) if isinstance(made, No) else view.done(made, reader)
    slack_id, package_id, last_on = meant
    parted = await parting.confirm(desk.house, who.id, slack_id, package_id, last_on, origin=BUTTON)
    return refused(parted) if isinstance(parted, No) else view.ended(parted, reader)
