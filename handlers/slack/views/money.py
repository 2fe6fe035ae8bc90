"""What was granted, moved or funded: to the one who did it, and to those it concerns."""

from collections.abc import Sequence

from budget.money import show
from budget.org.places import Place
from budget.org.rights import Relation
from budget.transfers.grants import Moved, Notice
from budget.transfers.plans import start
from handlers.slack.views.pieces import Reader, Reply, last_day, moved_amount, said
from handlers.slack.wire.safe import escape


def done(moved: Moved, untold: Sequence[str], reader: Reader) -> Reply:
    """To the one who did it; `untold`: the names of those who could not be told by direct message."""
    amount, target = moved_amount(moved.amount_micros, reader.face), place_name(moved.target)
    origin = f"went from {place_name(moved.source)}" if moved.source else "of new budget went"
    sentences = [f"{amount} {origin} to {target}{why(moved)}.", *until(moved, reader)]
    sentences.append(has(moved.target, moved.target_balance.available_micros, reader))
    if moved.source is not None:
        sentences.append(has(moved.source, moved.source_balance.available_micros, reader))
    if untold:
        names = escape(" and ".join(untold))
        sentences.append(f"I could not tell {names} by direct message, so please do.")
    return said(sentences)


def notice(moved: Moved, told: Notice, reader: Reader) -> Reply:
    """To someone it concerns."""
    actor, amount = escape(moved.actor.name), moved_amount(moved.amount_micros, reader.face)
    wallet = told.place.person is not None
    end = "you" if wallet else escape(told.place.name)
    if not told.came:
        first = f"{actor} moved {amount} from your balance to {place_name(moved.target)}{why(moved)}."
    elif moved.kind == "grant":
        first = f"{actor} granted {end} {amount}{why(moved)}."
    else:
        origin = f" from {place_name(moved.source)}" if moved.source else ""
        first = f"{actor} moved {amount}{origin} to {end}{why(moved)}."
    now = show(told.balance.available_micros, reader.face)
    second = f"You now have {now}." if wallet else f"{start(end)} now has {now}."
    return said([first, *(until(moved, reader) if told.came else []), second])


def place_name(place: Place | None) -> str:
    """How a place is spoken of to the one who acts."""
    if place is None:
        return ""
    return "you" if place.relation is Relation.SELF else escape(place.name)


def has(place: Place, available_micros: int, reader: Reader) -> str:
    """What is there now."""
    name = place_name(place)
    return f"{start(name)} now {'have' if name == 'you' else 'has'} {show(available_micros, reader.face)}."


def why(moved: Moved) -> str:
    """`, for onboarding`"""
    return f", for {escape(moved.reason)}" if moved.reason else ""


def until(moved: Moved, reader: Reader) -> list[str]:
    """Until when it can be used, if there is an end."""
    return [f"It can be used until the end of {last_day(moved.until_at, reader)}."] if moved.until_at else []
