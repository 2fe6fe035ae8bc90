"""Amounts: what people may type, and what they read."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget.money import BadAmount, Face, ceil_micros, dollars, exact_dollars, parse_amount, short_count, show

FACE = Face()


@pytest.mark.parametrize(
    ("typed", "micros"),
    [
        ("40000", 40_000), ("40,000", 40_000), ("250k", 250_000), ("250K", 250_000), ("1.5M", 1_500_000),
        ("2B", 2_000_000_000), ("$20", 20_000_000), ("$0.50", 500_000), ("$.50", 500_000), ("$1,250.75", 1_250_750_000),
        (" 7 ", 7), ("$0.000001", 1),
    ],
)  # fmt: skip
def test_the_accepted_forms(typed: str, micros: int) -> None:
    assert parse_amount(typed, FACE) == micros


@pytest.mark.parametrize(
    "typed",
    [
        "", "0", "$0", "0.0k", "-5", "$-5", "5$", "1e9", "NaN", "inf", "1,00", "1,0000", "$5k", "0.5", "$0.0000001",
        "ten", "5 k", "٣", "1_000", "$", ",", ".", "2T", "9" * 400, "€5", "0x10", "1.2.3", "+5",
    ],
)  # fmt: skip
def test_everything_else_is_refused_with_the_accepted_forms(typed: str) -> None:
    refused = parse_amount(typed, FACE)
    assert isinstance(refused, BadAmount)
    assert "40,000" in refused.sentence or "billion" in refused.sentence


@given(st.text(max_size=30))
def test_any_text_is_a_positive_amount_or_refused(typed: str) -> None:
    found = parse_amount(typed, FACE)
    assert isinstance(found, BadAmount) or found > 0


def test_the_face_value_makes_tokens_worth_more_or_less() -> None:
    assert parse_amount("1M", Face(Decimal(3))) == 3_000_000
    assert parse_amount("$3", Face(Decimal(3))) == 3_000_000
    assert show(3_000_000, Face(Decimal(3))) == "$3.00 (1M tokens)"


@pytest.mark.parametrize(
    ("micros", "words"),
    [
        (0, "$0.00"), (1, "$0.000001"), (21, "$0.000021"), (999, "$0.001"), (16_000, "$0.016"), (99_999, "$0.10"),
        (100_000, "$0.10"), (4_120_000, "$4.12"), (1_250_000_000, "$1,250.00"), (-5_000_000, "-$5.00"),
    ],
)  # fmt: skip
def test_money_in_words(micros: int, words: str) -> None:
    assert dollars(micros) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0"), (999, "999"), (12_000, "12.0k"), (999_960, "1M"), (4_120_000, "4.12M"), (2 * 10**9, "2B")],
)
def test_counts_in_words(count: int, words: str) -> None:
    assert short_count(count) == words


def test_what_is_missing_adds_up_as_it_is_read() -> None:
    assert show(20_145, FACE, up=True) == "$0.0202 (20.2k tokens)"
    assert show(4_377, FACE) == "$0.00437 (4.3k tokens)"


def test_what_was_moved_is_told_to_the_last_digit() -> None:
    assert exact_dollars(8_277_000) == "$8.277"
    assert exact_dollars(5_000_000) == "$5.00"
    assert exact_dollars(1_250_000_001) == "$1,250.000001"


def test_a_balance_is_never_shown_as_more_than_it_is() -> None:
    assert show(6_995_700, FACE) == "$6.99 (6.99M tokens)"
    assert show(6_995_700, FACE, up=True) == "$7.00 (7M tokens)"


@given(st.integers(0, 10**15))
def test_rounding_down_and_up_enclose_the_amount(micros: int) -> None:
    def read(words: str) -> Decimal:
        return Decimal(words.split(" ")[0].removeprefix("$").replace(",", "")) * 1_000_000

    assert read(show(micros, FACE)) <= micros <= read(show(micros, FACE, up=True))


@given(st.decimals(0, 10**9, places=9))
def test_a_cost_is_rounded_up_to_a_whole_micro_dollar(exact: Decimal) -> None:
    assert 0 <= ceil_micros(exact) - exact < 1
