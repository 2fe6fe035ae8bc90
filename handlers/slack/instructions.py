"""The form for what the model is told. Slack lets it be opened for three seconds only, so that comes first."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp

from budget.org import instructions
from budget.org.instructions import Changed, Meanwhile
from budget.outcome import No
from handlers.slack.desk import Desk
from handlers.slack.identity import REFUSED
from handlers.slack.telling import reader_of
from handlers.slack.views import instructions as view
from handlers.slack.views.instructions import About
from handlers.slack.views.pieces import Reply, refused
from handlers.slack.wire.faults import No as SlackNo
from handlers.slack.wire.late import Late
from handlers.slack.wire.line import call
from handlers.slack.wire.safe import escape
from store.database import Unavailable
from store.people import Person

log = structlog.get_logger(__name__)

ORIGIN = "slack:form"
CHANNEL = re.compile(r"[CG][A-Z0-9]{1,63}", re.ASCII)  # a direct message's id begins with D
WHO_S = 1.5  # to learn who submits; Slack waits 3 s for what becomes of a form
OPENED = Reply("")
NOT_OPENED = "Slack did not open the form: try again."
AWAY = "The books cannot be reached just now, so nothing was changed. Try again in a minute."
FAULT = "Something went wrong on our side, and nothing was changed. The reference for an admin: {reference}"


def register(app: AsyncApp, desk: Desk) -> Late:
    """The buttons that open the form, and the form itself."""
    late = Late()

    async def on_edit(body: Mapping[str, Any], action: Mapping[str, Any], ack: AsyncAck) -> None:
        channel = action.get("action_id") == view.EDIT[True]
        late.start(open_form(desk, body, channel_of(body) if channel else None))
        await ack()

    async def on_submit(body: Mapping[str, Any], ack: AsyncAck) -> None:
        await ack(**await submitted(desk, body))

    for action_id in view.EDIT.values():
        app.action(action_id)(on_edit)
    app.view(view.FORM)(on_submit)
    return late


def channel_of(body: Mapping[str, Any]) -> str | None:
    """The channel in which something is typed or clicked; None in a direct message, which has no settings."""
    found = str(body.get("channel_id") or (body.get("channel") or {}).get("id") or "")
    return found if CHANNEL.fullmatch(found) else None


async def open_form(desk: Desk, body: Mapping[str, Any], channel_id: str | None) -> Reply:
    """Open the form, then look who asks for it, and fill it in. Says something only when Slack does not open it."""
    trigger_id, user_id = str(body.get("trigger_id") or ""), _user_of(body)
    opened = await call(
        desk.limits, "views.open", lambda: desk.client.views_open(trigger_id=trigger_id, view=view.waiting())
    )
    if isinstance(opened, SlackNo):
        log.warning("form not opened", error=opened.error)
        return refused(No(NOT_OPENED))
    view_id, filled = str(opened["view"]["id"]), await _filled(desk, user_id, channel_id)
    shown = await call(desk.limits, "views.update", lambda: desk.client.views_update(view_id=view_id, view=filled))
    if isinstance(shown, SlackNo):  # closed by hand meanwhile, mostly
        log.warning("form not filled in", error=shown.error)
    return OPENED


async def _filled(desk: Desk, user_id: str, channel_id: str | None) -> dict[str, Any]:
    """The form with the text as it stands, or the sentence that says why not."""
    try:
        who = await desk.identity.who(user_id)
        if isinstance(who, No):
            return view.closed([escape(who.sentence)])
        now = await instructions.to_edit(desk.house, who, channel_id)
        if isinstance(now, No):
            return view.closed([escape(now.sentence)])
        return view.form(channel_id, now, reader_of(desk.house, who))
    except Unavailable:
        return view.closed([AWAY])
    except Exception:
        reference = desk.new_id()
        log.exception("form not filled in", reference=reference)
        return view.closed([FAULT.format(reference=reference)])


async def submitted(desk: Desk, body: Mapping[str, Any]) -> dict[str, Any]:
    """What becomes of a form that is sent: Slack's `response_action`. Who may send it is looked up anew."""
    try:
        return await _submitted(desk, body)
    except Unavailable:
        return _errors(AWAY)
    except Exception:
        reference = desk.new_id()
        log.exception("form not taken", reference=reference)
        return _errors(FAULT.format(reference=reference))


async def _submitted(desk: Desk, body: Mapping[str, Any]) -> dict[str, Any]:
    about, text = About.of(body["view"]["private_metadata"]), _text_of(body["view"])
    who = await _who(desk, _user_of(body))
    if isinstance(who, No):
        return _errors(who.sentence)
    done = await instructions.write(desk.house, who, about.channel_id, text, origin=ORIGIN, read=about.read)
    match done:
        case No(sentence):
            return _errors(sentence)
        case Meanwhile(current):
            shown = view.form(about.channel_id, current, reader_of(desk.house, who), mine=text)
            return {"response_action": "update", "view": shown}
        case Changed():
            return {"response_action": "update", "view": view.closed(view.changed(done))}


async def _who(desk: Desk, user_id: str) -> Person | No:
    try:
        async with asyncio.timeout(WHO_S):
            return await desk.identity.who(user_id)
    except TimeoutError:
        return No(REFUSED["silent"])


def _user_of(body: Mapping[str, Any]) -> str:
    """Of a command, or of an interaction."""
    return str(body.get("user_id") or (body.get("user") or {}).get("id"))


def _text_of(sent: Mapping[str, Any]) -> str:
    return str(sent["state"]["values"][view.INPUT][view.INPUT].get("value") or "")


def _errors(sentence: str) -> dict[str, Any]:
    return {"response_action": "errors", "errors": {view.INPUT: sentence}}
