"""Letters about leaving: what ends, the closing statement, what arrived too late."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from budget.money import show
from budget.org import leaving_letters
from handlers.slack import letters
from handlers.slack.views.offboarding import ends
from handlers.slack.views.pieces import Reader, Reply, last_day, moved_amount, said, signed, when
from handlers.slack.wire.safe import escape

CAME = {"vested_micros": "Vested on leaving", "came_micros": "Came in since"}
WENT = {
    "spent_micros": "Spent on questions since", "expired_micros": "Reached its end date", "loans_micros": "Given back "
    "to lenders", "went_micros": "Moved elsewhere", "returned_micros": "Returned to the company pool",
}  # fmt: skip
WHY = {
    "slack": "since the Slack account was deactivated", "date": "since the last day was over", "admin": "by an admin's "
    "word",
}  # fmt: skip


@letters.view(leaving_letters.LEAVING)
def leaving(told: Mapping[str, Any], reader: Reader) -> Reply:
    """To who leaves, where the policy leaves them time."""
    until = last_day(datetime.fromisoformat(told["closes_at"]), reader)
    has = show(told["had_micros"], reader.face)
    stays = f"What you have, {has}, stays on your account until the end of {until}"
    ended = [f"• {own(each)}" for each in ends(told["ended"], reader)]
    return said([f"By the books you have left. {stays}, and then goes back to the company pool.", *ended])


@letters.view(leaving_letters.STATEMENT)
def statement(told: Mapping[str, Any], reader: Reader) -> Reply:
    """To who left, and to the admin who keeps it."""
    is_own = bool(told["own"])
    left_at, closed_at = (when(datetime.fromisoformat(told[each]), reader) for each in ("left_at", "closed_at"))
    who = "Your closing statement" if is_own else f"Closing statement of {escape(told['name'])}"
    by = f"by the word of {escape(told['by'])}" if told["by"] else WHY[told["why"]]
    also = [own(each) if is_own else each for each in ends(told["ended"], reader)]
    return said([f"*{who}*", f"Left {left_at}, {by}; closed {closed_at}.", *figures(told, reader),
                 *(f"• {each}" for each in also)])  # fmt: skip


def figures(told: Mapping[str, Any], reader: Reader) -> list[str]:
    """From what was there to nothing, a line for each kind of movement."""
    held = (
        f" ({show(told['held_micros'], reader.face)} of it held for answers under way)" if told["held_micros"] else ""
    )
    came = [f"{words}: {signed(told[name])}" for name, words in CAME.items() if told[name]]
    went = [f"{words}: {signed(-told[name])}" for name, words in WENT.items() if told[name]]
    rest = told["had_micros"] + sum(told[name] for name in CAME) - sum(told[name] for name in WENT)
    return [f"On leaving: {moved_amount(told['had_micros'], reader.face)}{held}", *came, *went,
            f"Left on the account: {moved_amount(rest, reader.face)}"]  # fmt: skip


def own(sentence: str) -> str:
    """The same, to the person it is about."""
    return sentence.replace("that they ", "that you ")


@letters.view(leaving_letters.STRAY)
def stray(told: Mapping[str, Any], reader: Reader) -> Reply:
    """To the admin who keeps the statement."""
    amount, name = moved_amount(told["micros"], reader.face), escape(told["name"])
    return said([f"{amount} reached {name} after their account was closed, and went back to the company pool too."])
