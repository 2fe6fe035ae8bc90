"""The grammar of asking for more: `request …`."""

from collections.abc import Sequence
from dataclasses import replace

from budget import typed
from budget.money import Face
from budget.requests.typed import MakeRequest, OpenRequestForm, WithdrawRequest
from handlers.commands import parts
from handlers.commands.entry import Entry, For, Parser
from handlers.commands.parts import Misread, trailing
from handlers.commands.words import Word

EXAMPLE = "request $20 for the migration until 2026-12-31"

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "request",
        ("request", "request AMOUNT [for REASON] [until YYYY-MM-DD]", "request withdraw"),
        "request $20 for the migration",
        "Ask for more tokens. Your manager gets a card and decides, or whoever is next where they cannot. "
        "Alone it opens a form, with what waits already; `withdraw` takes back your last request.",
        For.EVERYONE,
        (EXAMPLE, "request withdraw"),
    ),
)


def parse_request(words: Sequence[Word], face: Face) -> typed.Command | Misread:
    """`request [AMOUNT [for REASON] [until YYYY-MM-DD] | withdraw]`"""
    if not words:
        return OpenRequestForm()
    if parts.is_keyword(words[0], "withdraw"):
        return WithdrawRequest() if len(words) == 1 else trailing(words[1:])
    amount = parts.amount(words[0], face)
    if isinstance(amount, Misread):
        return amount
    tail = parts.tail(words[1:], may_end=True)
    if isinstance(tail, Misread):
        return replace(tail, example=EXAMPLE)
    return MakeRequest(amount, tail.reason, tail.until)


PARSERS: dict[str, Parser] = {"request": parse_request}
