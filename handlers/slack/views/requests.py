"""What people read about requests: the approver's card, what became of it, the letter to whoever asked."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from budget.balance import Lasts, lasts_sentence
from budget.money import dollars, exact_dollars, show
from budget.transfers.plans import start
from handlers.slack.letters import view
from handlers.slack.views.forms import button, buttons
from handlers.slack.views.pieces import Block, Reader, Reply, bold, context, moved_amount, said, when
from handlers.slack.wire.safe import escape

APPROVE, OTHER, LEND, REFUSE = "request_approve", "request_other", "request_lend", "request_refuse"
WITHDRAW, AGAIN = "request_withdraw", "request_again"  # action ids; the buttons carry the request's id
NAMED = 3  # people by name in one sentence

Payload = Mapping[str, Any]


@view("request_card")
def card(told: Payload, reader: Reader) -> Reply:
    """To somebody who may decide; once somebody has, what it was."""
    if told["state"] != "waiting":
        return said([settled_headline(told, reader), *settled(told, reader)])
    sentences = [
        headline(told, reader), *wanted(told), *undecided(told), *has(told, reader), pool(told, reader),
    ]  # fmt: skip
    lapses = f"It lapses on {when(datetime.fromisoformat(told['lapses']), reader)} if nobody decides."
    also = f" {also_asked(told['also'])}" if told.get("also") else ""
    return said(sentences, [decisions(told["request"], told["amount"]), context(f"{lapses}{also}")])


def headline(told: Payload, reader: Reader) -> str:
    """`*Bob* asks for *$20.00 (20M tokens)*, for the migration.`"""
    amount = moved_amount(told["amount"], reader.face)
    if told.get("reminder"):
        return f"A reminder: *{escape(told['who'])}* still waits for an answer on {amount}{why(told)}."
    return f"*{escape(told['who'])}* asks for {amount}{why(told)}."


def why(told: Payload) -> str:
    """`, for the migration`"""
    return f", for {escape(told['reason'])}" if told["reason"] else ""


def wanted(told: Payload) -> list[str]:
    """Which project it is for, and until when."""
    words = [f"It is for the project *{escape(told['project'])}*."] if told["project"] else []
    return [*words, *([f"It is needed until {day(told['until'])}."] if told["until"] else [])]


def undecided(told: Payload) -> list[str]:
    """Why somebody further up is asked."""
    names = told.get("undecided") or []
    if not names:
        return []
    verb = "was asked and has" if len(names) == 1 else "were asked and have"
    return [f"{listed(names, 'and')} {verb} not decided, so I ask you as well."]


def has(told: Payload, reader: Reader) -> list[str]:
    """What the asker has, and how long it lasts; nothing where that is not for this reader."""
    seen = told["balance"]
    if seen is None:
        return []
    held = f", and {show(seen['held'], reader.face)} held for answers under way" if seen["held"] else ""
    first = f"{escape(told['who'])} has {show(seen['available'], reader.face)} available{held}."
    pace = seen["a_day"]
    if not seen["available"]:
        return [f"{first} In the last week it took {dollars(pace)} a day." if pace else first]
    empty_at = datetime.fromisoformat(seen["empty_at"]) if seen["empty_at"] else None
    lasts = Lasts(pace, empty_at, seen["questions"], seen["model"])
    return [f"{first} {escape(lasts_sentence(lasts, reader.zone, reader.now))}"]


def pool(told: Payload, reader: Reader) -> str:
    """`It would come from the Platform pool: $110.00 now, $90.00 after.`"""
    before, name = told["before"], escape(told["pool"])
    if before < told["amount"]:
        return f"It would come from {name}, which has {show(before, reader.face)}: too little for all of it."
    after = before - told["amount"]
    return f"It would come from {name}: {bold(before, reader.face)} now, {bold(after, reader.face)} after."


def decisions(request_id: str, amount_micros: int) -> Block:
    """The four answers."""
    return buttons(
        [
            button(f"Approve {exact_dollars(amount_micros)}", APPROVE, request_id, style="primary"),
            button("Other amount…", OTHER, request_id),
            button("Lend until…", LEND, request_id),
            button("Refuse…", REFUSE, request_id, style="danger"),
        ]
    )


def also_asked(names: Sequence[str]) -> str:
    """Who has the same card."""
    return (
        f"{listed(names, 'and')} {'has' if len(names) == 1 else 'have'} been asked too: whoever answers first decides."
    )


def settled_headline(told: Payload, reader: Reader) -> str:
    """What it was about."""
    return f"*{escape(told['who'])}* asked for {moved_amount(told['amount'], reader.face)}{why(told)}."


def settled(told: Payload, reader: Reader) -> list[str]:
    """What became of it, to those who were asked."""
    by = "You" if told.get("mine") else escape(told["by"] or "")
    note = [f"“{escape(told['note'])}”"] if told["note"] else []
    match told["state"]:
        case "approved" | "lent" as state:
            amount, until = moved_amount(told["granted"], reader.face), ""
            if state == "lent":
                until = f" until the end of {day(told['due'])}"
            left = f", which now has {show(told['left'], reader.face)}" if told.get("left") is not None else ""
            verb = "granted" if state == "approved" else "lent"
            return [f"{by} {verb} {amount} from {escape(told['pool'])}{until}{left}.", *note]
        case "refused":
            return [f"{by} refused it: {note[0]}" if note else f"{by} refused it."]
        case "withdrawn":
            name = escape(told["who"])
            return [f"{name} took it back: nothing is to be decided." if by else f"{name} has left: nothing to decide."]
        case _:
            return ["Nobody decided in time, so it lapsed."]


@view("request_outcome")
def outcome(told: Payload, reader: Reader) -> Reply:
    """To whoever asked."""
    by, note = escape(told["by"] or ""), f"“{escape(told['note'])}”" if told["note"] else ""
    match told["state"]:
        case "approved" | "lent":
            sentences = [*given(told, reader, by), *([f"{by} writes: {note}"] if note else [])]
            sentences.append(f"You now have {bold(told['available'], reader.face)}, from your next question on.")
            return said(sentences, again(told))
        case "refused":
            first = f"{by} refused your request for {moved_amount(told['amount'], reader.face)}{why(told)}"
            return said(
                [f"{first}{f': {note}' if note else '.'}", f"Speak with {by}, or ask for less: {more(told, 2)}."]
            )
        case _:
            return said(lapsed(told, reader))


def given(told: Payload, reader: Reader, by: str) -> list[str]:
    """What came, of how much, and until when."""
    amount = moved_amount(told["granted"], reader.face)
    part = f" of the {exact_dollars(told['amount'])} you asked for" if told["granted"] < told["amount"] else ""
    if told["state"] == "lent":
        last = f"At the end of {day(told['due'])} it goes back, as far as you have it then."
        return [f"{by} lent you {amount}{part}{why(told)}.", last]
    until = [f"It can be used until the end of {day(told['until'])}."] if told["until"] else []
    return [f"{by} granted you {amount}{part}{why(told)}.", *until]


def again(told: Payload) -> list[Block]:
    """A button to ask the question that was refused, or a word that it was asked."""
    if not told.get("ask"):
        return []
    if told.get("asked_again"):
        return [context("Your question is asked again: the answer comes in its thread.")]
    return [buttons([button("Ask my question again", AGAIN, told["request"], style="primary")])]


def lapsed(told: Payload, reader: Reader) -> list[str]:
    """Nobody decided: what can be done next."""
    names = told.get("asked") or []
    verb = "was" if len(names) == 1 else "were"
    asked = f"{listed(names, 'and')} {verb} asked: speak with them, then a" if names else "A"
    amount = moved_amount(told["amount"], reader.face)
    first = f"Nobody decided on your request for {amount}{why(told)} in time, so it lapsed."
    return [first, f"{asked}sk again: {more(told, 1)}."]


def more(told: Payload, divisor: int) -> str:
    """A command to copy that asks for the same again, or for a part of it."""
    words = (told["reason"] or "").replace('"', "")
    quoted = f'"{words}"' if "until" in words.casefold().split() else words  # where it would begin a date
    reason = f" for {quoted}" if words else ""
    command = f"/tokens request {exact_dollars(told['amount'] // divisor)}{reason}".replace("`", "")
    return f"`{escape(command)}`"


@view("request_report")
def report(told: Payload, reader: Reader) -> Reply:
    """To those who would have been asked, of what the policy granted without them."""
    name, amount = escape(told["who"]), moved_amount(told["granted"], reader.face)
    month = f"{exact_dollars(told['this_month'])} of {exact_dollars(told['small_a_month'])}"
    origin = f"from {escape(told['pool'])}"
    return said(
        [
            f"*{name}* was granted {amount} {origin}{why(told)}: the policy lets small requests through at once.",
            f"That makes {month} for {name} this month. You need not do anything.",
        ]
    )


def day(iso: str) -> str:
    """`30 November 2026`"""
    found = date.fromisoformat(iso)
    return f"{found.day} {found:%B %Y}"


def listed(names: Sequence[str], word: str) -> str:
    """`Ada`, `Ada and Grace`, `Ada, Grace, Bob and 4 others`, escaped."""
    shown = [escape(name) for name in names[:NAMED]]
    if len(names) > NAMED:
        shown.append(f"{len(names) - NAMED} {'other' if len(names) == NAMED + 1 else 'others'}")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} {word} {shown[-1]}"


def decided(told: Payload, reader: Reader) -> list[str]:
    """To the one who decided, in a form's place."""
    return [start(sentence) for sentence in (settled_headline(told, reader), *settled(told, reader))]
