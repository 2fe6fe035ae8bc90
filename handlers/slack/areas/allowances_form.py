"""The form in which an admin sets an allowance."""

from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from budget.allowances import setting
from budget.allowances.typed import OpenAllowanceForm, SetAllowance
from budget.outcome import No
from handlers.commands.allowances import parse_allowance
from handlers.commands.parts import Misread
from handlers.slack import forms
from handlers.slack.desk import Desk
from handlers.slack.telling import reader_of
from handlers.slack.views import allowances as view
from handlers.slack.views import allowances_form as form
from handlers.slack.views.pieces import Reply
from handlers.slack.wire.late import Late
from store.people import Person

ORIGIN = "slack:form"
OPEN = "form_allowance"  # the button that others place
NOBODY = "Choose the person whom it is for."
FIELDS = {"rollover": form.ROLLOVER, "roll over": form.ROLLOVER, "periods": form.EXPIRES, "expires": form.EXPIRES}


def register(app: AsyncApp, desk: Desk) -> Late:
    """The button, and what becomes of the form."""
    late = Late()

    async def on_open(ack: AsyncAck, respond: AsyncRespond, body: Mapping[str, Any]) -> None:
        await ack()
        reply = await open_form(desk, body, OpenAllowanceForm())
        if reply.text:
            await respond(text=reply.text, blocks=list(reply.blocks), response_type="ephemeral", replace_original=False)

    async def on_submit(ack: AsyncAck, body: Mapping[str, Any]) -> None:
        await ack(**await submitted(desk, body))

    app.action(OPEN)(on_open)
    app.view(form.CALLBACK)(on_submit)
    return late


async def open_form(desk: Desk, body: Mapping[str, Any], command: OpenAllowanceForm) -> Reply:  # noqa: ARG001  # one shape for all openers
    """Open the form, or say why not."""

    async def fill(who: Person) -> forms.ViewJson | No:
        found = await setting.choices(desk.house, who.id)
        return found if isinstance(found, No) else form.allowance_form(found)

    return await forms.open_form(desk, body, form.TITLE, fill)


async def submitted(desk: Desk, body: Mapping[str, Any]) -> dict[str, Any]:
    """What becomes of a form that is sent."""
    key = f"{ORIGIN}:{body['view']['id']}"
    return await forms.submitted(desk, body, form.AMOUNT, lambda who, sent: set_one(desk, who, sent, key))


async def set_one(desk: Desk, who: Person, sent: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Read it as the command is read, and set it. The same form sent twice sets it once."""
    words = form.words_of(sent)
    if words is None:
        return forms.errors({form.WHO: NOBODY})
    command = parse_allowance(words, desk.house.face)
    if isinstance(command, Misread):
        return forms.errors({field_of(command.sentence): command.sentence.replace("`", "")})
    assert isinstance(command, SetAllowance), command
    if command.mentions and isinstance(met := await desk.identity.mentioned(command.mentions[0].id), No):
        return forms.errors({form.WHO: met.sentence})
    done = await setting.set_allowance(desk.house, who.id, command, key=key, origin=ORIGIN)
    if isinstance(done, No):
        return forms.errors({form.FROM if "`from`" in done.sentence else form.AMOUNT: done.sentence.replace("`", "")})
    return forms.done(form.TITLE, view.was_set(done, reader_of(desk.house, who)).text.splitlines())


def field_of(sentence: str) -> str:
    """Below which field a sentence belongs."""
    return next((name for word, name in FIELDS.items() if word in sentence), form.AMOUNT)
