"""Asking for more: the command, the form, and taking it back."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from budget.money import BadAmount, parse_amount
from budget.outcome import No
from budget.requests import seen
from budget.requests.making import make
from budget.requests.typed import MakeRequest, OpenRequestForm, WithdrawRequest
from budget.requests.withdrawing import withdraw
from budget.typed import AreaCommand
from handlers.slack import forms
from handlers.slack.answering.worker import Worker
from handlers.slack.areas import requesting_cards
from handlers.slack.areas.call import ORIGIN, Answer, Call, Opener
from handlers.slack.areas.requesting_clicks import CLICKED, clicked, show_check
from handlers.slack.desk import Desk
from handlers.slack.telling import reader_of
from handlers.slack.views import requests_forms as view
from handlers.slack.views.forms import View, value_of
from handlers.slack.views.pieces import Reply, refused
from handlers.slack.views.requests import WITHDRAW
from handlers.slack.wire.late import Late
from handlers.slack.wire.line import call
from store.people import Person

OPEN = "form_request"  # action id of every button that opens the form; value: "", or "ask <ask id>"
ABOUT_ASK = re.compile(r"ask ([\w:.-]{1,64})", re.ASCII)
FORM_ORIGIN = "slack:form"


async def on_request(call: Call, command: MakeRequest) -> Reply:
    """Asked for by command."""
    done = await make(call.desk.house, call.who.id, command, key=call.key, origin=ORIGIN)
    return refused(done) if isinstance(done, No) else view.made(done, call.reader)


async def on_withdraw(call: Call, command: WithdrawRequest) -> Reply:  # noqa: ARG001  # one shape for all
    """The last request that waits, taken back."""
    done = await withdraw(call.desk.house, call.who.id, None, origin=ORIGIN)
    return refused(done) if isinstance(done, No) else view.withdrawn(done, call.reader)


async def open_form(desk: Desk, body: Mapping[str, Any], command: OpenRequestForm) -> Reply:  # noqa: ARG001  # one shape
    """The form, empty."""
    return await open_for(desk, body, None)


async def open_for(desk: Desk, body: Mapping[str, Any], ask_id: str | None) -> Reply:
    """The form, about a question that was refused where that is given."""
    return await forms.open_form(desk, body, view.TITLE, lambda who: filled(desk, who, ask_id))


async def filled(desk: Desk, who: Person, ask_id: str | None) -> View | No:
    """What the form shows to somebody."""
    found = await seen.to_ask(desk.house, who, ask_id)
    return found if isinstance(found, No) else view.ask_form(found, reader_of(desk.house, who))


async def take_form(desk: Desk, who: Person, sent: Mapping[str, Any]) -> dict[str, Any]:
    """A form that was sent: asked for under the form's own id, so that it is sent once."""
    wanted = wanted_of(desk, sent)
    if isinstance(wanted, dict):
        return wanted
    key = f"{FORM_ORIGIN}:request:{sent.get('id')}"
    done = await make(desk.house, who.id, wanted, key=key, origin=FORM_ORIGIN)
    if isinstance(done, No):
        return forms.errors({view.AMOUNT: plainly(done)})
    return forms.show(view.done(view.TITLE, [], view.made(done, reader_of(desk.house, who)).blocks))


def wanted_of(desk: Desk, sent: Mapping[str, Any]) -> MakeRequest | dict[str, Any]:
    """What was put in, or what is wrong with it, below its field."""
    amount = parse_amount(value_of(sent, view.AMOUNT), desk.house.face)
    if isinstance(amount, BadAmount):
        return forms.errors({view.AMOUNT: plainly(No(amount.sentence))})
    until = value_of(sent, view.UNTIL)
    last = date.fromisoformat(until) if until else None
    today = desk.house.now().astimezone(desk.house.rules.timezone).date()
    if last is not None and last < today:
        return forms.errors({view.UNTIL: f"{until} is over already: choose a day to come, or none."})
    words, project = " ".join(value_of(sent, view.REASON).split()), value_of(sent, view.PROJECT)
    about = str(sent.get("private_metadata") or "")
    return MakeRequest(amount, words or None, last, project or None, about or None)


def plainly(no: No) -> str:
    """Below a field nothing is marked up."""
    return no.sentence.replace("`", "")


ANSWERS: Mapping[type[AreaCommand], Answer] = {MakeRequest: on_request, WithdrawRequest: on_withdraw}
OPENERS: Mapping[type[AreaCommand], Opener] = {OpenRequestForm: open_form}


def register(app: AsyncApp, desk: Desk, worker: Worker) -> tuple[Late, ...]:
    """The buttons that open the form, the form, taking back; what is done with cards stands in its own file."""
    late = Late()

    async def on_open(body: Mapping[str, Any], action: Mapping[str, Any], ack: AsyncAck) -> None:
        about = ABOUT_ASK.fullmatch(str(action.get("value") or ""))
        late.start(open_for(desk, body, about[1] if about else None))
        await ack()

    async def on_submit(body: Mapping[str, Any], ack: AsyncAck) -> None:
        await ack(**await forms.submitted(desk, body, view.AMOUNT, lambda who, sent: take_form(desk, who, sent)))

    async def on_take_back(
        body: Mapping[str, Any], action: Mapping[str, Any], ack: AsyncAck, respond: AsyncRespond
    ) -> None:
        await clicked(desk, body, ack, respond, lambda who: take_back(desk, body, who, str(action.get("value"))))

    async def on_amount(body: Mapping[str, Any], action: Mapping[str, Any], ack: AsyncAck) -> None:
        await ack()
        late.start(show_check(desk, body, str(action.get("value") or "")))

    app.action(OPEN)(on_open)
    app.view(view.FORM)(on_submit)
    app.action(WITHDRAW)(on_take_back)
    app.action({"block_id": view.AMOUNT, "action_id": view.AMOUNT})(on_amount)
    requesting_cards.register(app, desk, worker, late)
    return (late,)


async def take_back(desk: Desk, body: Mapping[str, Any], who: Person, request_id: str) -> Reply | No:
    """Take back a request by its button: in a form, the form is shown anew."""
    done = await withdraw(desk.house, who.id, request_id, origin=CLICKED)
    shown = body.get("view") or {}
    if shown.get("type") == "modal":
        anew = await filled(desk, who, None) if not isinstance(done, No) else None
        if isinstance(anew, dict):
            await call(
                desk.limits, "views.update", lambda: desk.client.views_update(view_id=str(shown["id"]), view=anew)
            )
            return Reply("")
    return done if isinstance(done, No) else view.withdrawn(done, reader_of(desk.house, who))
