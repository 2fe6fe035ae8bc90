"""What people are told by direct message about allowances: of decisions, of what the clock did."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from budget.allowances.named import EVERY, Whose
from budget.allowances.periods import BY_NAME, Period
from budget.money import show
from budget.transfers.plans import start
from handlers.slack.letters import view
from handlers.slack.views.allowances import rolls_words, whose_words
from handlers.slack.views.pieces import Reader, Reply, bold, example, quantity, said
from handlers.slack.wire.safe import escape

KINDS = ("allowance_set", "allowance_stop", "allowance_short", "allowance_left_out", "allowance_missed")
CAUGHT_UP = (
    "The policy says to pay such periods, so they are paid now; what would have ended with them can be used until the "
    "end of the present period."
)
SKIPPED = "The policy says to skip such periods, so they are not paid."
LATER = "As soon as there is enough for all of them I pay them, until the period is over."


def of_letter(payload: Mapping[str, Any]) -> str:
    """Whose allowance a letter is about, escaped."""
    return escape(whose_words(Whose(**payload["whose"])))


@view("allowance_set")
def was_set(payload: Mapping[str, Any], reader: Reader) -> Reply:
    """To the person, or to a team's managers."""
    kind, each = BY_NAME[payload["kind"]], payload["each_micros"]
    gets = "you get" if payload["whose"]["scope"] == "person" else f"{of_letter(payload)} gets"
    first = Period(date.fromisoformat(payload["from_on"]), kind)
    rolled = rolls_words(each, payload["rollover_micros"], payload["rollover_periods"], kind, reader)
    pays = f"{gets} {bold(each, reader.face)} {EVERY[kind]} from {escape(payload['pool'])}"
    more = f"{example('allowance')} shows what comes next, and what ends when."
    return said(
        [f"{escape(payload['by'])} has set an allowance: {pays}, beginning with {first.words}; {rolled}.", more]
    )


@view("allowance_stop")
def stopped(payload: Mapping[str, Any], reader: Reader) -> Reply:
    """To the person, or to a team's managers."""
    own = payload["whose"]["scope"] == "person"
    of = "Your allowance" if own else f"The allowance of {of_letter(payload)}"
    amount = f"{show(payload['each_micros'], reader.face)} {EVERY[payload['kind']]}"
    kept = f"What was paid stays {'yours' if own else 'theirs'}."
    return said([f"{of}, {amount}, was stopped by {escape(payload['by'])}. {kept}"])


@view("allowance_short")
def short(payload: Mapping[str, Any], reader: Reader) -> Reply:
    """To the admins: who was left out, how much is missing, and what to do."""
    of, left_out = f"the allowance of {of_letter(payload)} for {payload['period']}", payload["left_out"]
    if not left_out:
        return said([f"{start(of)}: nobody is left out any more."])
    paid = f"{quantity(payload['paid'], 'person')} {'was' if payload['paid'] == 1 else 'were'} paid"
    left = f"{quantity(left_out, 'person')} {'was' if left_out == 1 else 'were'} left out"
    missing = show(max(0, payload["missing_micros"]), reader.face, up=True)
    more = left_out - len(payload["names"])
    who = ", ".join(map(escape, payload["names"])) + (f" and {more:,} more" if more > 0 else "")
    sentences = [
        f"{escape(start(payload['pool']))} had too little for {of}: {paid}, {left}. *{missing}* is missing.",
        f"Nobody is paid in part, and {escape(payload['order'])}. Left out: {who}.",
        f"{LATER} {example('allowance pay')} pays as many as there is enough for now.",
    ]
    return said(sentences)


@view("allowance_left_out")
def left_out(payload: Mapping[str, Any], reader: Reader) -> Reply:
    """To somebody who was left out, or was and has been paid since."""
    of = f"Your allowance of {show(payload['each_micros'], reader.face)} for {payload['period']}"
    if payload["paid"]:
        return said([f"{of} was late, and has been paid."])
    why = f"{escape(payload['pool'])} has too little just now"
    return said([f"{of} was not paid: {why}. The admins know, and you get it as soon as there is enough."])


@view("allowance_missed")
def missed(payload: Mapping[str, Any], reader: Reader) -> Reply:
    """To the admins: what passed while nothing ran."""
    periods, amount = payload["periods"], show(payload["each_micros"], reader.face)
    which = periods[0] if len(periods) == 1 else f"{len(periods)} periods ({periods[0]} to {periods[-1]})"
    first = f"I was not running when the allowance of {of_letter(payload)} ({amount} each) was due for {which}."
    return said([first, CAUGHT_UP if payload["paid"] else SKIPPED])
