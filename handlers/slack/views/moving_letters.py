"""Direct messages about what was moved, lent, given back, taken back: to the other side, with reason and balance."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from budget.money import exact_dollars, show
from budget.transfers import letters as change_letters
from budget.transfers import loan_letters, undo_letters
from budget.transfers.plans import start
from handlers.slack import letters
from handlers.slack.views import money
from handlers.slack.views.pieces import Reader, Reply, last_day, moved_amount, said
from handlers.slack.wire.safe import escape

GIVE_BACK = "`/tokens return AMOUNT` gives it back earlier."

letters.view(change_letters.MOVED)(money.notice)


def due(letter: Mapping[str, Any], reader: Reader) -> str:
    """`30 November 2026`: the last day."""
    return last_day(datetime.fromisoformat(letter["due_at"]), reader)


def why(letter: Mapping[str, Any]) -> str:
    """`, for onboarding`"""
    return f", for {escape(letter['reason'])}" if letter.get("reason") else ""


def you_have(letter: Mapping[str, Any], reader: Reader) -> str:
    """The new balance."""
    return f"You now have {show(letter['balance_micros'], reader.face)}."


@letters.view(loan_letters.LENT)
def lent(letter: Mapping[str, Any], reader: Reader) -> Reply:
    """To the borrower."""
    amount, who = moved_amount(letter["amount_micros"], reader.face), escape(letter["actor"] or "Someone")
    source = f" from {escape(letter['source'])}" if letter["source"] else ""
    return said([
        f"{who} lent you {amount}{source} until the end of {due(letter, reader)}{why(letter)}.",
        you_have(letter, reader),
        f"What you have of it then goes back by itself; {GIVE_BACK}",
    ])  # fmt: skip


@letters.view(loan_letters.BACK)
def back(letter: Mapping[str, Any], reader: Reader) -> Reply:
    """To both sides: so much came back."""
    amount, whole = moved_amount(letter["returned_micros"], reader.face), show(letter["amount_micros"], reader.face)
    if letter["to"] == "borrower":
        first = f"{amount} went back to {escape(letter['went_to'])}: what you borrowed was due{why(letter)}."
    else:
        end = "you" if letter["wallet"] else escape(letter["pool"])
        due_or_left = f"{escape(letter['borrower'])} leaves, and" if letter["left"] else "The loan was due, and"
        did = f"{escape(letter['borrower'])} gave back" if letter["by_hand"] else due_or_left
        came = f"{amount} to {end}" if letter["by_hand"] else f"{amount} came back to {end}"
        first = f"{did} {came}, of {whole} lent to {escape(letter['borrower'])}{why(letter)}."
    return said([first, rest(letter, reader), now_has(letter, reader)])


def rest(letter: Mapping[str, Any], reader: Reader) -> str:
    """What is still out of a loan."""
    if not letter["out_micros"]:
        return "Nothing of the loan is out any more."
    return f"{exact_dollars(letter['out_micros'])} of it is still out; it was lent until {due(letter, reader)}."


def now_has(letter: Mapping[str, Any], reader: Reader) -> str:
    """The new balance, of the reader or of the pool they look after."""
    if letter["wallet"]:
        return you_have(letter, reader)
    return f"{start(escape(letter['pool']))} now has {show(letter['balance_micros'], reader.face)}."


@letters.view(loan_letters.MISSING)
def missing(letter: Mapping[str, Any], reader: Reader) -> Reply:
    """To both sides: what is due is not there."""
    out = moved_amount(letter["out_micros"], reader.face)
    loan = f"the loan that was due at the end of {due(letter, reader)}{why(letter)}"
    if letter["to"] == "borrower":
        first = f"{out} of {loan} could not go back to {escape(letter['lender'])}: you do not have it available."
    else:
        first = f"{out} of {loan} did not come back: {escape(letter['borrower'])} does not have it available."
    if letter["written_off"]:
        return said([first, f"{escape(letter['borrower'])} has left, so the loan is closed."])
    return said([first, "I try again every day, and take only what is neither spent nor held for answers under way."])


@letters.view(undo_letters.TAKEN)
def taken(letter: Mapping[str, Any], reader: Reader) -> Reply:
    """To both sides: what was taken back."""
    actor, amount = escape(letter["actor"]), moved_amount(letter["amount_micros"], reader.face)
    end = "you" if letter["wallet"] else escape(letter["pool"])
    whole = letter["whole_micros"]
    of = f" of {exact_dollars(whole)}" if whole != letter["amount_micros"] else ""
    came = {"grant": "granted", "send": "lent" if letter["lent"] else "sent"}.get(letter["kind"], "moved")
    if letter["came"]:
        first = f"{actor} took back a move{why(letter)}: {amount}{of} came back to {end}."
    else:
        first = f"{actor} took back {amount}{of} that was {came} to {end}{why(letter)}."
    return said([first, now_has(letter, reader)])
