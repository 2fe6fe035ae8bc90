"""What people type to send, lend, give back, take back."""

from datetime import date

import pytest

from budget import typed
from budget.money import Face
from budget.transfers.typed import Change, Lend, OpenForm, Return, Send, Undo, from_json, to_json
from budget.typed import Company, Fund, Grant, Move, PersonRef, TeamRef
from handlers.commands.grammar import parse
from handlers.commands.parts import Misread
from handlers.slack.wire.markup import read

ADA = PersonRef("U1", "ada")
A = "<@U1|ada>"
DAY = date(2026, 12, 31)


def command(text: str) -> typed.Command | Misread:
    return parse(read(text), Face())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("send", OpenForm("send")),
        (f"send {A} $2", Send(ADA, 2_000_000)),
        (f"SEND {A} 250k FOR lunch until we meet", Send(ADA, 250_000, "lunch until we meet")),
        ("return", OpenForm("return")),
        ("return $5", Return(5_000_000)),
        ("return $5 to company", Return(5_000_000, Company())),
        (f"return $5 to {A} for nothing", Return(5_000_000, ADA, "nothing")),
        ('return 40k To "Data Platform" for a quiet month', Return(40_000, TeamRef("Data Platform"), "a quiet month")),
        ("lend", OpenForm("lend")),
        (f"lend {A} $2 until 2026-12-31", Lend(ADA, 2_000_000, DAY)),
        (f"lend {A} $2 for X until 2026-12-31 from platform", Lend(ADA, 2_000_000, DAY, "X", TeamRef("platform"))),
        (f"lend {A} $2 from company until 2026-12-31 for X", Lend(ADA, 2_000_000, DAY, "X", Company())),
        (f"lend {A} $2 until 2026-12-31 for days from a desk", Lend(ADA, 2_000_000, DAY, "days from a desk")),
        (f'lend {A} $2 until 2026-12-31 for "a day from home"', Lend(ADA, 2_000_000, DAY, "a day from home")),
        ("undo", Undo()),
    ],
)  # fmt: skip
def test_understood(text: str, expected: typed.Command) -> None:
    assert command(text) == expected


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (f"send {A}", "who gets it, and how much"),
        (f"send $5 {A}", "First who gets it"),
        ("send platform $5", "is not a person I can see"),
        (f"send {A} lots", "is not an amount"),
        (f"send {A} $5 until 2026-12-31", "Only a grant can have an end date"),
        (f"send {A} $5 please", "I understand all but `please`"),
        ("return lots", "is not an amount"),
        ("return $5 to", "After `to` comes"),
        ("return $5 platform", "I understand all but `platform`"),
        (f"lend {A} $5", "Say until when"),
        (f"lend {A} $5 until tomorrow", "is not a date"),
        (f"lend {A} $5 until 2026-12-31 from", "After `from` comes"),
        (f"lend {A} $5 until 2026-12-31 from {A}", "Only from a pool"),
        (f"lend {A} until 2026-12-31", "is not an amount"),
        ("undo everything", "I understand all but `everything`"),
    ],
)
def test_misread(text: str, part: str) -> None:
    answer = command(text)
    assert isinstance(answer, Misread), answer
    assert part in answer.sentence
    assert not isinstance(command(answer.example.replace("@grace", A)), Misread), answer


@pytest.mark.parametrize(
    "change",
    [
        Grant(ADA, 5, "x", DAY), Grant(TeamRef("a b"), 5), Move(5, Company(), TeamRef("x"), 'a "b"'), Fund(5, "é"),
        Send(ADA, 5, None), Lend(ADA, 5, DAY, None, Company()), Return(5, ADA, "z"), Return(5),
    ],
)  # fmt: skip
def test_what_waits_comes_back_as_it_was(change: Change) -> None:
    assert from_json(to_json(change)) == change
