"""What was granted, moved, funded, sent, lent, given back: to the one who did it, and the notice to the other side."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from budget.money import exact_dollars, show
from budget.org.places import Place
from budget.org.rights import Relation
from budget.transfers.changing import Done
from budget.transfers.grants import Moved
from budget.transfers.lending import Lent
from budget.transfers.plans import start
from budget.transfers.returning import Part, Returned
from handlers.slack.views.pieces import Reader, Reply, last_day, moved_amount, said
from handlers.slack.wire.safe import escape

DID = {"grant": "granted", "send": "sent"}


def done(change: Done, reader: Reader) -> Reply:
    """To the one who did it, whatever it was."""
    match change:
        case Moved():
            return said(moved_sentences(change, reader))
        case Lent():
            return said(lent_sentences(change, reader))
        case Returned():
            return said(returned_sentences(change, reader))


def moved_sentences(moved: Moved, reader: Reader) -> list[str]:
    """What went where; what is there now, as far as they may see it."""
    amount, target = moved_amount(moved.amount_micros, reader.face), place_name(moved.target)
    origin = f"went from {place_name(moved.source)}" if moved.source else "of new budget went"
    sentences = [f"{amount} {origin} to {target}{why(moved.reason)}.", *until(moved.until_at, reader)]
    if moved.sees_target:
        sentences.append(has(moved.target, moved.target_balance.available_micros, reader))
    if moved.source is not None and moved.sees_source:
        sentences.append(has(moved.source, moved.source_balance.available_micros, reader))
    return sentences


def lent_sentences(lent: Lent, reader: Reader) -> list[str]:
    """What was lent until when."""
    own = lent.own
    source = "" if own else f" from {escape(lent.lender.spoken)}"
    name = "You" if own else start(escape(lent.lender.spoken))
    amount, due = moved_amount(lent.amount_micros, reader.face), last_day(lent.due_at, reader)
    return [
        f"{amount} is lent{source} to {escape(lent.borrower.name)} until the end of {due}{why(lent.reason)}.",
        "Then what is there of it comes back by itself.",
        f"{name} now {'have' if own else 'has'} {show(lent.lender_balance.available_micros, reader.face)}.",
    ]


def returned_sentences(returned: Returned, reader: Reader) -> list[str]:
    """Who got what back, and what is left."""
    parts = [part_sentence(part, returned.reason, reader) for part in returned.parts]
    return [*parts, f"You now have {show(returned.available_micros, reader.face)}."]


def part_sentence(part: Part, reason: str | None, reader: Reader) -> str:
    """`$5.00 went back to Ada, who lent it.`"""
    first = f"{moved_amount(part.amount_micros, reader.face)} went back to {escape(part.to)}"
    if part.out_micros is None:
        return f"{first}{why(reason)}."
    if part.out_micros:
        return f"{first}; {exact_dollars(part.out_micros)} of that loan is still out."
    return f"{first}; nothing of that loan is out any more."


def notice(letter: Mapping[str, Any], reader: Reader) -> Reply:
    """To someone it concerns, of the values in `budget.transfers.letters`."""
    actor, amount = escape(letter["actor"]), moved_amount(letter["amount_micros"], reader.face)
    wallet, reason = letter["wallet"], why(letter["reason"])
    end = "you" if wallet else escape(letter["place"])
    if not letter["came"]:
        source = "your balance" if wallet else end
        first = f"{actor} moved {amount} from {source} to {escape(letter['target'])}{reason}."
    elif letter["kind"] in DID:
        first = f"{actor} {DID[letter['kind']]} {end} {amount}{reason}."
    elif letter["kind"] == "return":
        first = f"{actor} gave {amount} back to {end}{reason}."
    else:
        origin = f" from {escape(letter['source'])}" if letter["source"] else ""
        first = f"{actor} moved {amount}{origin} to {end}{reason}."
    ends = datetime.fromisoformat(letter["until_at"]) if letter["until_at"] and letter["came"] else None
    now = show(letter["balance_micros"], reader.face)
    second = f"You now have {now}." if wallet else f"{start(end)} now has {now}."
    return said([first, *until(ends, reader), second])


def place_name(place: Place | None) -> str:
    """How a place is spoken of to the one who acts."""
    if place is None:
        return ""
    return "you" if place.relation is Relation.SELF else escape(place.name)


def has(place: Place, available_micros: int, reader: Reader) -> str:
    """What is there now."""
    name = place_name(place)
    return f"{start(name)} now {'have' if name == 'you' else 'has'} {show(available_micros, reader.face)}."


def why(reason: str | None) -> str:
    """`, for onboarding`"""
    return f", for {escape(reason)}" if reason else ""


def until(until_at: datetime | None, reader: Reader) -> list[str]:
    """Until when it can be used, if there is an end."""
    return [f"It can be used until the end of {last_day(until_at, reader)}."] if until_at else []
