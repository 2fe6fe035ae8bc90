"""A refusal in words: which limit it was, what is missing, when that comes by itself, who can help."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from budget.asking.admission import Refill, Refusal, Shortage, Ways
from budget.money import dollars, short_count, show
from handlers.slack.views.answers import NAMED, payer_name
from handlers.slack.views.pieces import Reader
from handlers.slack.wire.safe import escape

NOT_CHARGED = "You were not charged."
WHAT = {"allowance": "Your next allowance", "package": "The next part of your package"}


def sentences(refused: Refusal, reader: Reader) -> list[str]:
    """What its asker reads above the buttons, whatever the limit but those that have words of their own."""
    match refused.limit:
        case "too long":
            return [_too_long(refused)]
        case "frozen":
            return [_frozen(refused, reader), _talk(refused.ways, "can lift that")]
        case "left":
            return [
                "By the books you have left, so nothing is asked for you.",
                _talk(refused.ways, "can put that right"),
            ]
        case "guest":
            return ["Guests ask nothing here until an admin lets them in.", _talk(refused.ways, "can do that")]
        case "no wallet":
            return ["You have no wallet to pay from yet, so nothing was asked.", *helping(refused.ways, reader)]
        case "held":
            return [_held(refused, reader)]
        case _:
            return [_missing(refused, reader), *helping(refused.ways, reader)]


def _missing(refused: Refusal, reader: Reader) -> str:
    needed = show(refused.needed_micros, reader.face, up=True)
    if refused.limit == "least":
        why = f"By the company's policy {needed} must be there before anything is asked"
    else:
        why = f"An ask like this on *{escape(refused.model)}* sets aside at least {needed}"
    missing = show(refused.missing_micros, reader.face, up=True)
    return f"{why}, and {states(refused.shortages, reader)}: {missing} is missing. {NOT_CHARGED}"


def _held(refused: Refusal, reader: Reader) -> str:
    return (
        f"An ask like this on *{escape(refused.model)}* sets aside at least "
        f"{show(refused.needed_micros, reader.face, up=True)}, and asks that are still running hold what is left: "
        f"{states(refused.shortages, reader)}. Try again when they are done. {NOT_CHARGED}"
    )


def states(shortages: Sequence[Shortage], reader: Reader) -> str:
    """`the Apollo project has $0.00 available; your wallet has $0.02 available`"""
    return "; ".join(_state(shortage, reader) for shortage in shortages)


def _state(shortage: Shortage, reader: Reader) -> str:
    words = f"{payer_name(shortage.payer)} has {show(shortage.balance.available_micros, reader.face)} available"
    if shortage.balance.held_micros:
        words += f" ({show(shortage.balance.held_micros, reader.face)} more is held by running asks)"
    return words


def helping(ways: Ways, reader: Reader) -> list[str]:
    """What comes by itself, whose pool may be told to pay, who can grant more."""
    found = [_refill(ways.refill, reader)] if ways.refill else []
    if ways.pools:
        pools = " and ".join(payer_name(pool) for pool in ways.pools)
        found.append(f"{_start(pools)} {'has' if len(ways.pools) == 1 else 'have'} enough, and can pay if you say so.")
    if ways.is_admin:
        return [*found, "As an admin you can give yourself more: `/tokens grant @you $5`."]
    return [*found, *([f"{_names(ways)} can grant you more."] if ways.helpers else [])]


def _refill(refill: Refill, reader: Reader) -> str:
    on_day = day_of(refill.at, replace(reader, zone=reader.office))
    return f"{WHAT[refill.what]}, {dollars(refill.micros)}, comes on {on_day}."


def day_of(at: datetime, reader: Reader) -> str:
    """`1 December`, in the reader's zone; with the year when it is not this year's."""
    local = at.astimezone(reader.zone)
    year = "" if local.year == reader.now.astimezone(reader.zone).year else f" {local.year}"
    return f"{local.day} {local:%B}{year}"


def _names(ways: Ways) -> str:
    """`Grace Hopper`, `Frances Allen or Ada Lovelace, admins,`"""
    names = " or ".join(map(escape, ways.helpers))
    return f"{names}, {'an admin' if len(ways.helpers) == 1 else 'admins'}," if ways.by_admins else names


def _talk(ways: Ways, can: str) -> str:
    who = " or ".join(map(escape, ways.helpers)) or "An admin"
    return f"{who} {can}. Nothing was asked, and nothing that you have is lost."


def _frozen(refused: Refusal, reader: Reader) -> str:
    frozen = refused.frozen
    since = f" since {day_of(frozen.at, reader)}" if frozen else ""
    reason = f": {escape(frozen.reason.rstrip('.'))}" if frozen and frozen.reason else ""
    return f"Your questions are frozen{since}{reason}."


def _too_long(refused: Refusal) -> str:
    """What it would take, and what to make smaller."""
    named = ", ".join(f"*{escape(name)}*" for name in refused.files[:NAMED])
    rest = f" and {len(refused.files) - NAMED} more" if len(refused.files) > NAMED else ""
    return (
        f"{f'With {named}{rest}, this' if named else 'This'} may be as many as {short_count(refused.input_tokens)} "
        f"tokens, and *{escape(refused.model)}* reads {short_count(refused.context_tokens)}, its answer included. "
        f"{'Attach a smaller part' if named else 'Write it shorter'}, and ask again. {NOT_CHARGED}"
    )


def _start(name: str) -> str:
    return name[:1].upper() + name[1:]
