"""Forms that move tokens: opened from Home, by buttons and by commands without more words; sent, they are commands."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp

from budget import typed
from budget.balance import balance_of
from budget.money import BadAmount, parse_amount, show
from budget.outcome import No
from budget.transfers import confirming
from budget.transfers.choices import FORMS, Choices, choices
from budget.transfers.typed import Change, Lend, OpenForm, Return, Send
from budget.typed import Grant, Move, PersonRef
from handlers.commands.words import tidy
from handlers.slack import forms
from handlers.slack.areas import moving_clicks
from handlers.slack.desk import Desk
from handlers.slack.telling import reader_of
from handlers.slack.views import moving_forms as view
from handlers.slack.views.forms import View, closed, value_of
from handlers.slack.views.pieces import Reply
from handlers.slack.wire.faults import No as SlackNo
from handlers.slack.wire.late import Late
from handlers.slack.wire.line import call
from handlers.slack.wire.safe import escape
from store.database import Unavailable
from store.people import Person

log = structlog.get_logger(__name__)

ORIGIN = "slack:form"
SOMEBODY = re.compile(r"[UW][A-Z0-9]{1,63}", re.ASCII)


def register(app: AsyncApp, desk: Desk) -> Late:
    """The buttons that open the forms, the look at the amount while it is typed, and the forms themselves."""
    late = Late()

    async def on_open(body: Mapping[str, Any], action: Mapping[str, Any], ack: AsyncAck) -> None:
        form, to = str(action["action_id"]).removeprefix("form_"), str(action.get("value") or "")
        late.start(open_form(desk, body, OpenForm(form), to if SOMEBODY.fullmatch(to) else None))
        await ack()

    async def on_amount(body: Mapping[str, Any], action: Mapping[str, Any], ack: AsyncAck) -> None:
        await ack()
        if body.get("view"):
            late.start(check(desk, body, str(action.get("value") or "")))

    async def on_submit(body: Mapping[str, Any], ack: AsyncAck) -> None:
        await ack(**await forms.submitted(desk, body, view.AMOUNT, lambda who, sent: take(desk, who, sent)))
        desk.homes.touch(forms.user_of(body))

    app.action(re.compile(f"^form_({'|'.join(FORMS)})$"))(on_open)
    app.action(view.AMOUNT)(on_amount)
    app.view(view.FORM)(on_submit)
    return late


async def open_form(desk: Desk, body: Mapping[str, Any], command: OpenForm, to: str | None = None) -> Reply:
    """A form, empty but for whom it is to go to where that is known."""

    async def fill(who: Person) -> View | No:
        found = await choices(desk.house, who.id, command.name)
        return found if isinstance(found, No) else view.moving_form(found, reader_of(desk.house, who), to)

    return await forms.open_form(desk, body, view.TITLES[command.name], fill)


async def take(desk: Desk, who: Person, sent: Mapping[str, Any]) -> dict[str, Any]:
    """A form that was sent: the same use case as the command, under the form's own id."""
    command = command_of(desk, sent)
    if not isinstance(command, Change):
        return forms.errors(command)
    for mentioned in typed.people_in(command):
        met = await desk.identity.mentioned(mentioned.id)
        if isinstance(met, No):
            return forms.errors({person_field(sent, mentioned): met.sentence})
    done = await confirming.ask_or_do(desk.house, who.id, command, key=f"{ORIGIN}:{sent.get('id')}", origin=ORIGIN)
    if isinstance(done, No):
        return forms.errors({view.AMOUNT: done.sentence.replace("`", "")})
    reply = moving_clicks.answered(desk, who, done)
    title = str(sent["title"]["text"])
    return forms.show({**closed(title, []), "blocks": list(reply.blocks)})


def person_field(sent: Mapping[str, Any], mentioned: PersonRef) -> str:
    """The field in which somebody was chosen."""
    return view.SOURCE if value_of(sent, view.SOURCE) == mentioned.id else view.TO


def command_of(desk: Desk, sent: Mapping[str, Any]) -> Change | dict[str, str]:
    """What was put in as a command, or what is wrong with it, by field."""
    amount = parse_amount(value_of(sent, view.AMOUNT), desk.house.face)
    if isinstance(amount, BadAmount):
        return {view.AMOUNT: amount.sentence.replace("`", "")}
    reason, until = tidy(value_of(sent, view.REASON))[: view.LONGEST].strip() or None, day_of(sent)
    match str(sent.get("private_metadata")):
        case "send":
            return Send(PersonRef(value_of(sent, view.TO)), amount, reason)
        case "return":
            return Return(amount, view.pool_of(value_of(sent, view.TO_POOL)), reason)
        case "lend":
            if until is None:
                return {view.UNTIL: "Say until when: a loan ends on a day."}
            source = view.pool_of(value_of(sent, view.SOURCE_POOL))
            return Lend(PersonRef(value_of(sent, view.TO)), amount, until, reason, source)
        case "grant":
            to = view.party_of(sent, view.TO, view.TO_POOL)
            if to is None or isinstance(to, typed.Company):
                return {view.TO: "Choose a person or a pool, one of the two."}
            return Grant(to, amount, reason, until)
        case "move":
            return move_of(sent, amount, reason)
        case other:
            raise ValueError(f"no such form: {other[:20]!r}")


def move_of(sent: Mapping[str, Any], amount: int, reason: str | None) -> Change | dict[str, str]:
    """A move, or which end is missing."""
    source = view.party_of(sent, view.SOURCE, view.SOURCE_POOL)
    target = view.party_of(sent, view.TO, view.TO_POOL)
    if source is None:
        return {view.SOURCE: "Choose a pool or a person, one of the two."}
    if target is None:
        return {view.TO: "Choose a pool or a person, one of the two."}
    return Move(amount, source, target, reason)


def day_of(sent: Mapping[str, Any]) -> date | None:
    """The day that was chosen, if any."""
    chosen = value_of(sent, view.UNTIL)
    return date.fromisoformat(chosen) if chosen else None


async def check(desk: Desk, body: Mapping[str, Any], amount_typed: str) -> None:
    """Say below the amount what it leaves, while it is typed: nice to have, so only when it is our turn at once."""
    try:
        words = await looked_at(desk, body, amount_typed)
    except Unavailable:
        return
    shown = body["view"]
    if not words or not shown.get("blocks") or not desk.limits.try_take("views.update"):
        return
    changed = await call(
        desk.limits, "views.update",
        lambda: desk.client.views_update(
            view_id=str(shown["id"]), hash=str(shown.get("hash") or ""), view=view.checked(shown, words)
        ),
    )  # fmt: skip
    if isinstance(changed, SlackNo):  # typed on, or closed meanwhile
        log.debug("check of an amount not shown", error=changed.error)


async def looked_at(desk: Desk, body: Mapping[str, Any], amount_typed: str) -> str:
    """`That is $5.00 (5M tokens); it leaves you $3.10 (3.1M tokens).`, or what is wrong with the amount."""
    amount = parse_amount(amount_typed, desk.house.face)
    if isinstance(amount, BadAmount):
        return amount.sentence
    that = f"That is *{show(amount, desk.house.face)}*"
    user_id = forms.user_of(body)
    who, source = await desk.identity.who(user_id), party_that_pays(body["view"], PersonRef(user_id))
    if isinstance(who, No):
        return f"{that}."
    if source is None:
        source = await only_payer(desk, who, str(body["view"].get("private_metadata")))
    if source is None:
        return f"{that}."
    seen = await balance_of(desk.house, who.id, source, origin=ORIGIN)
    if isinstance(seen, No):
        return f"{that}."
    name = "you" if source == PersonRef(user_id) else escape(seen.place.name)
    left = seen.balance.available_micros - amount
    if left < 0:
        return f"{that}: {show(-left, desk.house.face, up=True)} more than {name} {'have' if name == 'you' else 'has'}."
    return f"{that}; it leaves {name} {show(left, desk.house.face)}."


async def only_payer(desk: Desk, who: Person, form: str) -> typed.Party | None:
    """The pool that a grant comes from, where there is but one."""
    found = await choices(desk.house, who.id, form) if form == "grant" else None
    if not isinstance(found, Choices) or len(found.payers) != 1:
        return None
    return view.pool_of(view.value_of_place(found.payers[0].place))


def party_that_pays(shown: Mapping[str, Any], own: PersonRef) -> typed.Party | None:
    """Whose balance it comes from; None: that is not known before it is sent."""
    form = str(shown.get("private_metadata"))
    if form in ("send", "return"):
        return own
    if form == "lend":
        return view.pool_of(value_of(shown, view.SOURCE_POOL)) or own
    return view.party_of(shown, view.SOURCE, view.SOURCE_POOL) if form == "move" else None
