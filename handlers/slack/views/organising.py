"""Freezing and guests: what was done, and what the person is told."""

from collections.abc import Mapping
from typing import Any

from budget.money import show
from budget.org import freezing
from budget.org.freezing import Frozen
from budget.org.guests import LetIn
from handlers.slack import letters
from handlers.slack.views.pieces import Reader, Reply, example, said, when
from handlers.slack.wire.safe import escape


def because(reason: str | None) -> str:
    """`, for a lost laptop`"""
    return f", for {escape(reason)}" if reason else ""


def frozen(done: Frozen, reader: Reader) -> Reply:
    """`freeze`."""
    name, why = escape(done.person.name), because(done.reason)
    if done.same and done.since is not None:
        return said([f"{name} is frozen already, since {when(done.since, reader)}{why}."])
    return said([
        f"{name} is frozen{why}: their questions are refused, with that reason, and nothing of theirs is lost.",
        f"They are told so, and to talk to you. {example('unfreeze @person')} ends it.",
    ])  # fmt: skip


def unfrozen(done: Frozen) -> Reply:
    """`unfreeze`."""
    name = escape(done.person.name)
    if done.same:
        return said([f"{name} is not frozen."])
    return said([f"{name} is no longer frozen: their questions are answered again. They are told so."])


@letters.view(freezing.LETTER)
def letter(told: Mapping[str, Any], reader: Reader) -> Reply:
    """To the person whose tokens were frozen, or are no longer."""
    by, has = escape(told["by"]), show(told["balance_micros"], reader.face)
    if not told["frozen"]:
        return said([f"{by} ended the freeze: your questions are answered again. You have {has}."])
    return said([
        f"{by} froze your tokens{because(told['reason'])}: until that ends, your questions are refused.",
        f"Nothing is lost: you keep what you have, {has}. Talk to <@{escape(told['by_slack_id'])}> about it.",
    ])  # fmt: skip


def guest(done: LetIn, reader: Reader) -> Reply:
    """`guest allow|refuse`."""
    name = escape(done.person.name)
    if not done.person.is_guest:
        return said([f"{name} is no guest but a member of this workspace, and needs nobody's word."])
    if done.allowed:
        now = "has tokens like a member already" if done.same else "has tokens like a member from now on"
        return said([f"{name} is a guest, and {now}."])
    if done.needless:
        return said([f"The policy lets all guests have tokens, so {name} still has them; `policy` says so."])
    keeps = done.balance.posted_micros
    left = [f"{show(keeps, reader.face)} stays on their account; {example('offboard @person')} takes it back."]
    return said([f"{name} is a guest and has no tokens to spend{'' if done.same else ' from now on'}.",
                 *(left if keeps else [])])  # fmt: skip
