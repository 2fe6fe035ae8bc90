"""Direct messages about loans and about what was taken back, word for word."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from budget.money import Face
from handlers.slack.views import moving_letters
from handlers.slack.views.pieces import Reader

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
READER = Reader(ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Berlin"), Face(Decimal(1)), NOW)
DUE = "2026-11-30T23:00:00+00:00"  # midnight in Berlin
EVIL = "<!channel> & Ada"
TWO = "*$2.00 (2M tokens)*"
SAFE = "&lt;!channel&gt; &amp; Ada"
BACK: dict[str, Any] = {
    "borrower": "Bob", "lender": EVIL, "went_to": EVIL, "by_hand": False, "left": False, "returned_micros": 2_000_000,
    "amount_micros": 3_000_000, "out_micros": 1_000_001, "due_at": DUE, "reason": "R&D", "to": "lender",
    "wallet": True, "pool": EVIL, "balance_micros": 5_000_000,
}  # fmt: skip
MISSING: dict[str, Any] = {
    "borrower": "Bob", "lender": EVIL, "out_micros": 1_000_000, "written_off": False, "amount_micros": 3_000_000,
    "due_at": DUE, "reason": None, "to": "lender",
}  # fmt: skip
TAKEN: dict[str, Any] = {
    "actor": EVIL, "kind": "send", "amount_micros": 2_000_000, "whole_micros": 2_000_000, "reason": None, "lent": False,
    "came": False, "wallet": True, "pool": "Bob", "balance_micros": 0,
}  # fmt: skip


VIEWS = {
    "lent": moving_letters.lent, "loan back": moving_letters.back, "loan missing": moving_letters.missing,
    "taken back": moving_letters.taken,
}  # fmt: skip


def said(kind: str, letter: dict[str, Any]) -> list[str]:
    return VIEWS[kind](letter, READER).text.splitlines()


def test_what_was_lent() -> None:
    letter = {
        "actor": EVIL, "source": "the <b> pool", "amount_micros": 3_000_000, "due_at": DUE, "reason": "R&D",
        "balance_micros": 4_000_000,
    }  # fmt: skip
    assert said("lent", letter) == [
        f"{SAFE} lent you *$3.00 (3M tokens)* from the &lt;b&gt; pool until the end of 30 November 2026, for R&amp;D.",
        "You now have $4.00 (4M tokens).",
        "What you have of it then goes back by itself; `/tokens return AMOUNT` gives it back earlier.",
    ]


@pytest.mark.parametrize(
    ("more", "first"),
    [
        (
            {},
            f"The loan was due, and {TWO} came back to you, of $3.00 (3M tokens) lent to Bob, for R&amp;D.",
        ),
        (
            {"left": True, "reason": None},
            "Bob leaves, and *$2.00 (2M tokens)* came back to you, of $3.00 (3M tokens) lent to Bob.",
        ),
        (
            {"by_hand": True, "wallet": False, "pool": "the Data pool", "reason": None},
            "Bob gave back *$2.00 (2M tokens)* to the Data pool, of $3.00 (3M tokens) lent to Bob.",
        ),
        (
            {"to": "borrower"},
            f"*$2.00 (2M tokens)* went back to {SAFE}: what you borrowed was due, for R&amp;D.",
        ),
    ],
)  # fmt: skip
def test_what_came_back(more: dict[str, Any], first: str) -> None:
    lines = said("loan back", BACK | more)
    assert lines[0] == first
    assert lines[1] == "$1.000001 of it is still out; it was lent until 30 November 2026."
    assert lines[2].endswith("now has $5.00 (5M tokens)." if more.get("pool") else "You now have $5.00 (5M tokens).")


def test_nothing_is_out_any_more() -> None:
    assert said("loan back", BACK | {"out_micros": 0})[1] == "Nothing of the loan is out any more."


def test_what_is_missing() -> None:
    due = "*$1.00 (1M tokens)* of the loan that was due at the end of 30 November 2026"
    again = "I try again every day, and take only what is neither spent nor held for answers under way."
    assert said("loan missing", MISSING) == [f"{due} did not come back: Bob does not have it available.", again]
    assert said("loan missing", MISSING | {"to": "borrower"})[0] == (
        f"{due} could not go back to {SAFE}: you do not have it available."
    )
    assert said("loan missing", MISSING | {"written_off": True})[1] == "Bob has left, so the loan is closed."


@pytest.mark.parametrize(
    ("more", "first"),
    [
        ({}, f"{SAFE} took back *$2.00 (2M tokens)* that was sent to you."),
        ({"lent": True}, f"{SAFE} took back *$2.00 (2M tokens)* that was lent to you."),
        (
            {"kind": "grant", "wallet": False, "pool": "the Data pool", "whole_micros": 3_500_000, "reason": "R&D"},
            f"{SAFE} took back *$2.00 (2M tokens)* of $3.50 that was granted to the Data pool, for R&amp;D.",
        ),
        ({"kind": "move", "came": True}, f"{SAFE} took back a move: *$2.00 (2M tokens)* came back to you."),
    ],
)
def test_what_was_taken_back(more: dict[str, Any], first: str) -> None:
    assert said("taken back", TAKEN | more)[0] == first
