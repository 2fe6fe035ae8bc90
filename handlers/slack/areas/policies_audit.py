"""The audit: the command, and the buttons that turn its pages. Rights are looked up at each click."""

import re
from collections.abc import Mapping
from typing import Any

import aiohttp
import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from budget.outcome import No
from budget.policy import audit_pages
from budget.policy.typed import ShowAudit, ShowLooks
from handlers.slack.areas.call import ORIGIN, Call
from handlers.slack.desk import Desk
from handlers.slack.forms import AWAY, user_of
from handlers.slack.telling import reader_of
from handlers.slack.views import policies_audit as view
from handlers.slack.views.pieces import UNREADABLE, Reply, refused, said
from handlers.slack.wire.late import Late
from store.database import Unavailable
from store.people import Person

log = structlog.get_logger(__name__)

BUTTON = "slack:button"
FAULT = "Something went wrong on our side. If it happens again, tell an admin this reference: {reference}"


def register(app: AsyncApp, desk: Desk) -> Late:
    """The buttons below a page."""
    late = Late()

    async def on_page(body: Mapping[str, Any], action: Mapping[str, Any], ack: AsyncAck, respond: AsyncRespond) -> None:
        late.start(turn(desk, body, action, respond))
        await ack()

    app.action(re.compile(f"{view.PAGES}_(older|newest)"))(on_page)
    return late


async def show_looks(call: Call, command: ShowLooks) -> Reply:
    """`/tokens audit me`"""
    return await shown(call.desk, call.who, command, None, ORIGIN)


async def show_audit(call: Call, command: ShowAudit) -> Reply:
    """`/tokens audit …`"""
    return await shown(call.desk, call.who, command, None, ORIGIN)


async def shown(desk: Desk, who: Person, asked: view.Asked, before: int | None, origin: str) -> Reply:
    """A page, or why there is none."""
    if isinstance(asked, ShowLooks):
        found = await audit_pages.looks_at(desk.house, who, before)
    else:
        found = await audit_pages.show(desk.house, who, asked, before, origin=origin)
    if isinstance(found, No):
        return refused(found)
    return view.page(found, asked, reader_of(desk.house, who), first=before is None)


async def turn(desk: Desk, body: Mapping[str, Any], action: Mapping[str, Any], respond: AsyncRespond) -> None:
    """Show another page in the place of this one."""
    reply = await page_of(desk, body, str(action.get("value") or ""))
    try:
        await respond(
            text=reply.text, blocks=list(reply.blocks), response_type="ephemeral", replace_original=True
        )  # fmt: skip
    except (aiohttp.ClientError, OSError, TimeoutError) as fault:
        log.warning("answer to a click not delivered", kind=type(fault).__name__)


async def page_of(desk: Desk, body: Mapping[str, Any], value: str) -> Reply:
    """The page that a button asks for, if whoever clicked may see it."""
    try:
        who = await desk.identity.who(user_of(body))
        if isinstance(who, No):
            return refused(who)
        wanted = view.wanted(value)
        return said([UNREADABLE]) if wanted is None else await shown(desk, who, *wanted, BUTTON)
    except Unavailable as away:
        log.warning("database is away", what="a click", reason=str(away))
        return said([AWAY])
    except Exception:
        reference = desk.new_id()
        log.exception("click failed", reference=reference)
        return said([FAULT.format(reference=reference)])
