"""The letters that tell of packages, and what they have in common with answers."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from budget.packages import letters as kinds
from budget.packages import texts
from budget.packages.letters import terms_in
from handlers.slack import letters
from handlers.slack.views.pieces import Reader, Reply, context, example, moved_amount, quantity, said
from handlers.slack.wire.safe import escape


def end_figures(figures: Mapping[str, Any], reader: Reader) -> list[str]:
    """What was paid now, what waits, what is forfeited."""
    face, told = reader.face, []
    if figures["paid_micros"]:
        told.append(f"{moved_amount(figures['paid_micros'], face)} was due and is paid.")
    if figures["unpaid_micros"]:
        told.append(f"{moved_amount(figures['unpaid_micros'], face)} is {texts.WAITING}.")
    if figures["forfeited_micros"]:
        told.append(f"{moved_amount(figures['forfeited_micros'], face)} had not vested, and is forfeited.")
    return told


@letters.view(kinds.SET)
def set_letter(payload: Mapping[str, Any], reader: Reader) -> Reply:
    """To whom a package was promised."""
    agreed, face = terms_in(payload), reader.face
    by = f"{escape(payload['by'])} has given you" if payload["by"] else "You have"
    why = f", for {escape(payload['reason'])}" if payload["reason"] else ""
    sentences = [f"{by} a package of tokens{why}: {texts.how_much(agreed, face)}.", *texts.schedule(agreed, face)]
    if payload["paid_micros"]:
        now = texts.money(payload["balance_micros"], face)
        sentences.append(f"{moved_amount(payload['paid_micros'], face)} is yours at once; you now have {now}.")
    if payload["unpaid_micros"]:
        sentences.append(f"{moved_amount(payload['unpaid_micros'], face)} of it is {texts.WAITING}.")
    return said([*sentences, f"{example('package')} shows it at any time."], [context(texts.PROMISE)])


@letters.view(kinds.VESTED)
def vested_letter(payload: Mapping[str, Any], reader: Reader) -> Reply:
    """A part became its owner's."""
    face = reader.face
    why = f" ({escape(payload['reason'])})" if payload["reason"] else ""
    over = f", {quantity(payload['paid_months'], 'part')} of it" if payload["paid_months"] > 1 else ""
    first = f"{moved_amount(payload['paid_micros'], face)} of your package{why} has vested{over}, and is yours."
    now = f"You now have {texts.money(payload['balance_micros'], face)}."
    return said([first, now, *next_part(payload, reader)])


def next_part(payload: Mapping[str, Any], reader: Reader) -> list[str]:
    """When what comes next."""
    if not payload["next_on"]:
        return ["That was the last part: the package is vested in full."] if not payload["ends_on"] else []
    on = texts.day(date.fromisoformat(payload["next_on"]))
    return [f"Next: {texts.money(payload['next_micros'], reader.face)} on {on}."]


@letters.view(kinds.ENDED)
def ended_letter(payload: Mapping[str, Any], reader: Reader) -> Reply:
    """A package has an end."""
    last = texts.day(date.fromisoformat(payload["ends_on"]))
    why = f" ({escape(payload['reason'])})" if payload["reason"] else ""
    ends = f"Your package{why} ends: {last} is the last day that counts."
    total = f"{moved_amount(payload['vested_total_micros'], reader.face)} of it vests in all."
    upcoming = next_part(payload, reader) if payload["next_on"] else []
    return said([ends, total, *end_figures(payload, reader), *upcoming, "What has been paid stays yours."])


@letters.view(kinds.SHORT)
def short_letter(payload: Mapping[str, Any], reader: Reader) -> Reply:
    """To an admin: the pool is too small."""
    amount, since = moved_amount(payload["unpaid_micros"], reader.face), date.fromisoformat(payload["since_on"])
    whose = f"Packages of {quantity(payload['people'], 'person')}"
    short = f"{whose} have vested, and the company pool has too little: {amount} waits since {texts.day(since)}."
    fund = f"It is paid within five minutes once the pool has enough: {example('fund AMOUNT')} puts new budget into it."
    return said([short, fund])
