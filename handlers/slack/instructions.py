"""The form for what the model is told."""

import re
from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from budget.org import instructions
from budget.org.instructions import Changed, Meanwhile
from budget.outcome import No
from handlers.slack import forms
from handlers.slack.desk import Desk
from handlers.slack.telling import reader_of
from handlers.slack.views import instructions as view
from handlers.slack.views.forms import value_of
from handlers.slack.views.instructions import About
from handlers.slack.views.pieces import Reply
from handlers.slack.wire.late import Late
from store.people import Person

ORIGIN = "slack:form"
CHANNEL = re.compile(r"[CG][A-Z0-9]{1,63}", re.ASCII)  # a direct message's id begins with D


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
    """Open the form with the text as it stands, or the sentence that says why not."""

    async def fill(who: Person) -> forms.ViewJson | No:
        now = await instructions.to_edit(desk.house, who, channel_id)
        return now if isinstance(now, No) else view.form(channel_id, now, reader_of(desk.house, who))

    return await forms.open_form(desk, body, view.TITLE, fill)


async def submitted(desk: Desk, body: Mapping[str, Any]) -> dict[str, Any]:
    """What becomes of a form that is sent."""
    return await forms.submitted(desk, body, view.INPUT, lambda who, sent: _write(desk, who, sent))


async def _write(desk: Desk, who: Person, sent: Mapping[str, Any]) -> dict[str, Any]:
    about, text = About.of(sent["private_metadata"]), value_of(sent, view.INPUT)
    done = await instructions.write(desk.house, who, about.channel_id, text, origin=ORIGIN, read=about.read)
    match done:
        case No(sentence):
            return forms.errors({view.INPUT: sentence})
        case Meanwhile(current):
            return forms.show(view.form(about.channel_id, current, reader_of(desk.house, who), mine=text))
        case Changed():
            return forms.done(view.TITLE, view.changed(done))
