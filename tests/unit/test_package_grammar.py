"""How packages, statements and offers are typed; and that a salary is never repeated."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget import typed
from budget.money import Face
from budget.packages.typed import EndPackage, MakeOffer, Period, SetPackage, ShowPackages, ShowStatement
from budget.typed import PersonRef
from handlers.commands.grammar import parse
from handlers.commands.parts import Misread
from handlers.slack.wire.markup import read

A = "<@U1|ada>"
ADA = PersonRef("U1", "ada")
DOLLAR = 1_000_000


def command(text: str) -> typed.Command | Misread:
    return parse(read(text), Face())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("package", ShowPackages()),
        (f"package {A}", ShowPackages(ADA)),
        (f"package {A} $1,200 a year", SetPackage(ADA, 1_200 * DOLLAR)),
        (f"package {A} 2B per year", SetPackage(ADA, 2_000 * DOLLAR)),
        (f"package {A} $1200 yearly from 2026-12-01", SetPackage(ADA, 1_200 * DOLLAR, date(2026, 12, 1))),
        (
            f"package {A} $1200 A YEAR Cliff 1 year For 4 years FROM 2026-12-01 for the senior role",
            SetPackage(ADA, 1_200 * DOLLAR, date(2026, 12, 1), 12, 48, None, "the senior role"),
        ),
        (
            f'package {A} $600 a year until 2030-11-30 for "a role until 2030-01-01"',
            SetPackage(ADA, 600 * DOLLAR, until=date(2030, 11, 30), reason="a role until 2030-01-01"),
        ),
        (f"package {A} $1 a year for 1 month", SetPackage(ADA, DOLLAR, months=1)),
        (f"package {A} 2% of $90000", SetPackage(ADA, 1_800 * DOLLAR)),
        (f"package {A} 2.5% of $90,000.10 a year cliff 6 months", SetPackage(ADA, 2_250_002_500, None, 6)),
        (f"package {A} 100% of $10 for fun", SetPackage(ADA, 10 * DOLLAR, reason="fun")),
        (f"package {A} end", EndPackage(ADA)),
        (f"package {A} END on 2026-12-31", EndPackage(ADA, date(2026, 12, 31))),
        ("statement", ShowStatement()),
        ("statement this month", ShowStatement()),
        ("statement Last Month", ShowStatement(None, Period(back=1))),
        ("statement 2026-11", ShowStatement(None, Period(2026, 11))),
        (f"statement {A} 2026", ShowStatement(ADA, Period(2026))),
        ("offer $1200 a year", MakeOffer(1_200 * DOLLAR)),
        (
            "offer 2% of $90000 for 48 months cliff 12 months to Łukasz Nowak",
            MakeOffer(1_800 * DOLLAR, 12, 48, "Łukasz Nowak"),
        ),
    ],
)
def test_understood(text: str, expected: typed.Command) -> None:
    assert command(text) == expected


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("package ada", "is not a person I can see"),
        (f"package {A} $1200", "Say how much `a year`."),
        (f"package {A} $1200 a month", "Say how much `a year`."),
        (f"package {A} lots a year", "is not an amount"),
        (f"package {A} $1200 a year cliff", "After `cliff` comes how long"),
        (f"package {A} $1200 a year cliff 12", "After `cliff` comes how long"),
        (f"package {A} $1200 a year for 0 months", "1 to 600 months"),
        (f"package {A} $1200 a year for 51 years", "1 to 600 months"),
        (f"package {A} $1200 a year for 1 year until 2030-01-01", "not with both"),
        (f"package {A} $1200 a year for 1 year for 2 years", "`for` is there twice"),
        (f"package {A} $1200 a year from tomorrow", "is not a date"),
        (f"package {A} $1200 a year until", "After `until` comes a date"),
        (f"package {A} $1200 a year for the role until 2030-01-01", "Put the reason last, or in quotes"),
        (f"package {A} $1200 a year for the role cliff 12 months", "Put the reason last, or in quotes"),
        (f"package {A} $1200 a year for", "After `for` comes a reason"),
        (f"package {A} $1200 a year soon", "I understand all but `soon`"),
        (f"package {A} end now", "After `end` comes nothing, or `on`"),
        (f"package {A} end on friday", "is not a date"),
        (f"package {A} end on 2026-12-31 please", "I understand all but `please`"),
        ("statement tomorrow", "`tomorrow` is not a period"),
        ("statement 2026-13", "is not a period"),
        (f"statement 2026 {A}", "is not a period"),
        ("offer", "Say how much a year"),
        ("offer $1200", "Say how much `a year`."),
        ("offer $1200 a year from 2026-12-01", "I understand all but"),
        (f"offer $1200 a year to {'x' * 61}", "at most 60 characters"),
        ("offer $1200 a year to", "After `to` comes a name"),
    ],
)
def test_misread(text: str, part: str) -> None:
    answer = command(text)
    assert isinstance(answer, Misread), answer
    assert part in answer.sentence
    assert not isinstance(command(answer.example.replace("@ada", A)), Misread), answer.example


@pytest.mark.parametrize(
    "text",
    ["2% of 91234", "2% of €91234", "2 % of $91234", "2%of $91234", "101% of $91234", "0% of $91234", "2% $91234",
     "2% of $91234 a yeer", "2% of $91234.1234567", "2% of $91.234,00", "$91234 2%"],
)  # fmt: skip
def test_a_salary_is_not_repeated(text: str) -> None:
    for line, example in (
        (f"package {A} {text}", "package @ada 2% of $90000 for the senior role"),
        (f"package ada {text}", "package @ada 2% of $90000 for the senior role"),
        (f"offer {text}", "offer 2% of $90000"),
    ):
        answer = command(line)
        assert isinstance(answer, Misread), answer
        assert "91" not in answer.sentence
        assert answer.example == example


WORDS = st.lists(
    st.sampled_from(
        [A, "$1200", "2%", "of", "$91234", "a", "year", "from", "2026-12-01", "cliff", "12", "months", "for", "until",
         "end", "on", "reason", '"', "to"]
    ),
    max_size=12,
)  # fmt: skip


@given(WORDS)
def test_money_is_never_guessed(words: list[str]) -> None:
    answer = command(f"package {' '.join(words)}")
    if isinstance(answer, SetPackage):
        assert answer.annual_micros in {1_200 * DOLLAR, 91_234 * DOLLAR, 1_824_680_000}
        assert answer.months in (None, 12)
        assert (answer.starts_on, answer.until) in {
            (first, last) for first in (None, date(2026, 12, 1)) for last in (None, date(2026, 12, 1))
        }
    if isinstance(answer, Misread) and "2%" in words:
        assert "91234" not in answer.sentence + answer.example
