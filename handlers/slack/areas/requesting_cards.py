"""What is clicked on an approver's card, and on the letter that tells the asker."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from budget.money import BadAmount, parse_amount
from budget.outcome import No
from budget.requests import cards
from budget.requests.deciding import Approve, Decided, Lend, Refuse, Verdict, decide
from budget.requests.seen import ToDecide, to_decide
from budget.transfers.plans import end_of
from handlers.slack import forms
from handlers.slack.answering.worker import Worker
from handlers.slack.areas.requesting_clicks import CLICKED, clicked
from handlers.slack.asking.retries import again, ask_named
from handlers.slack.desk import Desk
from handlers.slack.telling import reader_of
from handlers.slack.views import requests as view
from handlers.slack.views import requests_forms as forms_view
from handlers.slack.views.forms import View, value_of
from handlers.slack.views.pieces import Reader, Reply, said
from handlers.slack.wire.late import Late
from store import outbox, requests
from store.database import Connection
from store.people import Person

ID = re.compile(r"[\w:.-]{1,64}", re.ASCII)
FORM_ORIGIN = "slack:form"
QUIET = Reply("")  # the card itself changes
TITLES = {view.OTHER: "Approve another amount", view.LEND: "Lend until a day", view.REFUSE: "Refuse the request"}
FORMS: Mapping[str, Callable[[ToDecide, Reader], View]] = {
    view.OTHER: forms_view.other_form, view.LEND: forms_view.lend_form, view.REFUSE: forms_view.refuse_form
}  # fmt: skip


def register(app: AsyncApp, desk: Desk, worker: Worker, late: Late) -> None:
    """Approve at once, or by a form; and the question that was refused, asked again."""

    async def on_approve(
        body: Mapping[str, Any], action: Mapping[str, Any], ack: AsyncAck, respond: AsyncRespond
    ) -> None:
        request_id = str(action.get("value"))
        await clicked(desk, body, ack, respond, lambda who: approve(desk, body, who, request_id))

    async def on_form(body: Mapping[str, Any], action: Mapping[str, Any], ack: AsyncAck) -> None:
        action_id, request_id = str(action["action_id"]), str(action.get("value"))
        late.start(forms.open_form(desk, body, TITLES[action_id], lambda who: fill(desk, who, action_id, request_id)))
        await ack()

    async def on_decision(body: Mapping[str, Any], ack: AsyncAck) -> None:
        first = forms_view.NOTE if body["view"]["callback_id"] == forms_view.REFUSE_FORM else forms_view.AMOUNT
        await ack(**await forms.submitted(desk, body, first, lambda who, sent: take(desk, who, sent, first)))

    async def on_again(
        body: Mapping[str, Any], action: Mapping[str, Any], ack: AsyncAck, respond: AsyncRespond
    ) -> None:
        request_id = str(action.get("value"))
        await clicked(desk, body, ack, respond, lambda who: ask_again(desk, worker, who, request_id))

    app.action(view.APPROVE)(on_approve)
    for action_id in FORMS:
        app.action(action_id)(on_form)
    for callback_id in (forms_view.OTHER_FORM, forms_view.LEND_FORM, forms_view.REFUSE_FORM):
        app.view(callback_id)(on_decision)
    app.action(view.AGAIN)(on_again)


async def approve(desk: Desk, body: Mapping[str, Any], who: Person, request_id: str) -> Reply | No:
    """Grant what was asked for. On a card nothing is said apart: the card changes."""
    done = await decide(desk.house, who.id, request_id, Approve(), origin=CLICKED)
    if isinstance(done, No) or body.get("response_url"):
        return done if isinstance(done, No) else QUIET
    return said(words(desk, who, done))


async def fill(desk: Desk, who: Person, action_id: str, request_id: str) -> View | No:
    """The form that a button on a card opens."""
    found = await to_decide(desk.house, who.id, request_id)
    return found if isinstance(found, No) else FORMS[action_id](found, reader_of(desk.house, who))


async def take(desk: Desk, who: Person, sent: Mapping[str, Any], first: str) -> dict[str, Any]:
    """A form that was sent; `first` is the field below which a no is shown."""
    verdict = verdict_of(desk, sent)
    if isinstance(verdict, dict):
        return verdict
    request_id = str(sent.get("private_metadata"))
    done = await decide(desk.house, who.id, request_id, verdict, origin=FORM_ORIGIN)
    if isinstance(done, No):
        return forms.errors({first: done.sentence.replace("`", "")})
    return forms.done("Decided", words(desk, who, done))


def words(desk: Desk, who: Person, done: Decided) -> list[str]:
    """What was decided, to the one who did."""
    told = cards.decided_facts(done.request, done.asker, who.name, pool=done.pool, left_micros=done.left_micros)
    return view.decided(told, reader_of(desk.house, who))


def verdict_of(desk: Desk, sent: Mapping[str, Any]) -> Verdict | dict[str, Any]:
    """What a form says, or what is wrong with it, below its field."""
    note = " ".join(value_of(sent, forms_view.NOTE).split())
    if sent["callback_id"] == forms_view.REFUSE_FORM:
        return Refuse(note) if note else forms.errors({forms_view.NOTE: "Say why: they read it."})
    amount = parse_amount(value_of(sent, forms_view.AMOUNT), desk.house.face)
    if isinstance(amount, BadAmount):
        return forms.errors({forms_view.AMOUNT: amount.sentence.replace("`", "")})
    if sent["callback_id"] == forms_view.OTHER_FORM:
        return Approve(amount, note or None)
    chosen = value_of(sent, forms_view.DUE)
    if not chosen:
        return forms.errors({forms_view.DUE: "Choose a day: what is lent goes back at its end."})
    due = date.fromisoformat(chosen)
    end = end_of(due, desk.house.now(), desk.house.rules.timezone, "a loan is due")
    return forms.errors({forms_view.DUE: end.sentence}) if isinstance(end, No) else Lend(due, amount, note or None)


async def ask_again(desk: Desk, worker: Worker, who: Person, request_id: str) -> Reply | No:
    """Ask the question that a request came from, once; the letter then says so in the button's place."""
    request = await desk.house.database.read(lambda conn: requests.get(conn, request_id))
    if request is None or request.person_id != who.id or request.ask_id is None:
        return No("Only the person who asked can ask again.")
    old = await ask_named(desk, request.ask_id)
    new = await again(desk, old, who.slack_id)
    if isinstance(new, str):
        return No(new)
    await worker.take(new)  # False: it is asked already, which is as good

    def work(conn: Connection) -> None:
        key = cards.outcome_key(request.id)
        letter = outbox.find(conn, key, lock=True)
        if letter is not None:
            outbox.revise(conn, key, {**letter.payload, "asked_again": True}, desk.house.now())

    await desk.house.database.write(work)
    return QUIET
