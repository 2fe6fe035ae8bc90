"""The forms around requests: to ask for more, and to answer otherwise than with yes."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from budget.money import exact_dollars, show
from budget.requests.making import Made
from budget.requests.seen import ToAsk, ToDecide, Waiting
from handlers.slack.views.forms import View, button, buttons, closed, day_input, field, form, text_input
from handlers.slack.views.forms import choice as choice_input
from handlers.slack.views.pieces import Block, Reader, Reply, context, lines, moved_amount, said, section, when
from handlers.slack.views.requests import WITHDRAW, day, listed
from handlers.slack.wire.safe import escape
from store.requests import Request

TITLE = "Ask for more"
FORM, OTHER_FORM, LEND_FORM, REFUSE_FORM = (
    "request_form",
    "request_other_form",
    "request_lend_form",
    "request_refuse_form",
)
AMOUNT, REASON, PROJECT, UNTIL = "request_amount", "request_reason", "request_project", "request_until"
NOTE, DUE = "request_note", "request_due"
CHECK = "request_check"  # the block that says how the amount is read
ACCEPTED = "Like $20, 250k or 1.5M (tokens)."
LONGEST = 200
LENT_DAYS = 30


def ask_form(seen: ToAsk, reader: Reader) -> View:
    """Ask for more: what waits already, then the fields."""
    suggested = exact_dollars(seen.suggested_micros) if seen.suggested_micros else None
    for_question = [context("The amount is a suggestion for the question that was refused.")] if suggested else []
    blocks = [
        *waiting(seen.waiting, reader),
        section(f"You have *{show(seen.available_micros, reader.face)}* available."),
        field(AMOUNT, "How much", live(text_input(suggested, most=40, placeholder="$20")), hint=ACCEPTED, live=True),
        *for_question,
        field(REASON, "What for", text_input(most=LONGEST), optional=True, hint="Whoever decides reads this."),
        *projects(seen.projects),
        field(UNTIL, "Needed until", day_input(), optional=True, hint="What is not used by then expires."),
    ]
    return form(TITLE, FORM, blocks, submit="Ask", about=seen.ask_id or "")


def live(element: Block) -> Block:
    """Told with every character: the check under the field follows what is typed."""
    return {**element, "dispatch_action_config": {"trigger_actions_on": ["on_character_entered"]}}


def projects(known: Sequence[tuple[str, str]]) -> list[Block]:
    """A menu, where there is something to choose from."""
    hint = (
        "Whoever decides reads this. What is granted goes to your own balance all the same, not to the project's pool."
    )
    return [field(PROJECT, "For a project", choice_input(known), optional=True, hint=hint)] if known else []


def waiting(found: Sequence[Waiting], reader: Reader) -> list[Block]:
    """What was asked for and not decided on, each with a button to take it back."""
    return [
        {**section(waiting_line(each, reader)), "accessory": button("Take it back", WITHDRAW, each.id)}
        for each in found
    ]  # fmt: skip


def waiting_line(each: Waiting, reader: Reader) -> str:
    """`Waiting: *$20.00 (20M tokens)*, for the demo. Grace decides. Without an answer …`"""
    why = f", for {escape(each.reason)}" if each.reason else ""
    return (
        f"Waiting: {moved_amount(each.amount_micros, reader.face)}{why}. {by_when(each.asked, each.lapse_at, reader)}"
    )


def by_when(asked: Sequence[str], lapse_at: datetime, reader: Reader) -> str:
    """Who decides, and when it is over."""
    who = f"{listed(asked, 'or')} decides." if asked else "Nobody is left to decide."
    return f"{who} Without an answer it lapses on {when(lapse_at, reader)}."


def made(done: Made, reader: Reader) -> Reply:
    """To whoever asked, right away."""
    request, amount = done.request, moved_amount(done.request.amount_micros, reader.face)
    why = f", for {escape(request.reason)}" if request.reason else ""
    if done.pool is not None and done.available_micros is not None:
        until = [f"It can be used until the end of {day(request.until_on)}."] if request.until_on else []
        has = f"You now have {show(done.available_micros, reader.face)}, from your next question on."
        return said([f"{amount} is yours{why}: so little is granted at once, from {escape(done.pool)}.", *until, has])
    if not request.is_waiting:
        return said([f"You asked for {amount}{why} before, and that is decided: look at `/tokens history`."])
    until = [f"It is needed until {day(request.until_on)}."] if request.until_on else []
    sentences = [f"You asked for {amount}{why}.", *until, by_when(done.asked, request.lapse_at, reader)]
    return said(sentences, [buttons([button("Take it back", WITHDRAW, request.id)])])


def withdrawn(request: Request, reader: Reader) -> Reply:
    """Taken back."""
    why = f", for {escape(request.reason)}" if request.reason else ""
    return said([f"Taken back: you asked for {moved_amount(request.amount_micros, reader.face)}{why}."])


def about(seen: ToDecide, reader: Reader) -> list[Block]:
    """What is decided on."""
    request = seen.request
    why = f", for {escape(request.reason)}" if request.reason else ""
    return lines(
        [
            f"*{escape(seen.asker.name)}* asks for {moved_amount(request.amount_micros, reader.face)}{why}.",
            f"It would come from {escape(seen.pool)}, which has {show(seen.before_micros, reader.face)}.",
        ]
    )


def amount_field(micros: int) -> Block:
    """How much, as asked for until it is changed."""
    element = live(text_input(exact_dollars(micros), most=40))
    return field(AMOUNT, "How much", element, hint=ACCEPTED, live=True)


def note_field(label: str, *, optional: bool = True) -> Block:
    """In the decider's own words."""
    return field(NOTE, label, text_input(most=LONGEST, multiline=True), optional=optional)


def other_form(seen: ToDecide, reader: Reader) -> View:
    """Approve another amount."""
    blocks = [
        *about(seen, reader),
        amount_field(seen.request.amount_micros),
        note_field(f"A word to {seen.asker.name}"),
    ]
    return form("Approve another amount", OTHER_FORM, blocks, submit="Approve", about=seen.request.id)


def lend_form(seen: ToDecide, reader: Reader) -> View:
    """Lend until a day."""
    due = seen.request.until_on or f"{(reader.now + timedelta(days=LENT_DAYS)).astimezone(reader.office):%Y-%m-%d}"
    hint = f"At the end of this day ({reader.office.key}) it goes back, as far as it is there."
    blocks = [
        *about(seen, reader), amount_field(seen.request.amount_micros), field(DUE, "Until", day_input(due), hint=hint),
        note_field(f"A word to {seen.asker.name}"),
    ]  # fmt: skip
    return form("Lend until a day", LEND_FORM, blocks, submit="Lend", about=seen.request.id)


def refuse_form(seen: ToDecide, reader: Reader) -> View:
    """Refuse with a reason."""
    blocks = [*about(seen, reader), note_field("Why not", optional=False)]
    return form("Refuse the request", REFUSE_FORM, blocks, submit="Refuse", about=seen.request.id)


def done(title: str, sentences: Sequence[str], after: Sequence[Block] = ()) -> View:
    """What was done, in the form's place."""
    return closed(title, sentences, after)
