"""What answers cost, and that no bound is ever below a cost."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget.offer.pricing import Price, PriceBook, Rate, Unpriced, Usage, own_price

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
BOOK = PriceBook()

rates = st.decimals(min_value="0.0001", max_value="500", places=4).filter(bool)
counts = st.integers(0, 500_000)
tiered = st.builds(
    lambda base, tiers: Rate(base, tuple(sorted(tiers.items()))),
    rates,
    st.dictionaries(st.integers(1, 400_000), rates, max_size=2),
)
prices = st.builds(lambda *legs: Price("own", *legs), tiered, tiered, tiered, tiered)
usages = st.tuples(counts, counts, st.integers(0, 100), st.integers(0, 100)).map(
    lambda c: Usage(c[0], c[1], c[0] * c[2] // 200, c[0] * c[3] // 200)
)


def dollars_per_million(**legs: str) -> Price:
    price = own_price("own", **{f"{name}_usd": Decimal(value) for name, value in legs.items()})
    assert isinstance(price, Price)
    return price


def test_a_cost_is_rounded_up_once() -> None:
    price = dollars_per_million(input="0.25", output="2", cached_input="0.025")
    assert price.cost_micros(Usage(1, 0)) == 1
    assert price.cost_micros(Usage(1_500, 500)) == 1_375
    assert price.cost_micros(Usage(1_000, 1, cache_read_tokens=999)) == 28  # 0.25 + 24.975 + 2, not rounded each
    assert price.cost_micros(Usage(0, 0)) == 0


def test_cached_reads_and_writes_have_their_own_prices() -> None:
    price = dollars_per_million(input="3", output="15", cached_input="0.3", cache_write="3.75")
    assert price.cost_micros(Usage(1_000_000, 0, 600_000, 400_000)) == 180_000 + 1_500_000


def test_cached_prices_that_are_not_given_are_those_of_input() -> None:
    price = dollars_per_million(input="3", output="15")
    assert price.cost_micros(Usage(1_000, 0, 400, 400)) == 3_000


def test_more_cached_than_input_means_that_it_was_counted_apart() -> None:
    assert Usage(10, 5, cache_read_tokens=1_000).input_tokens == 1_010


@pytest.mark.parametrize("counts", [(-1, 0), (0, -1), (0, 0, -1), (0, 0, 0, -1)])
def test_negative_counts_are_refused(counts: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="negative"):
        Usage(*counts)


def test_a_tier_charges_all_tokens_of_the_call() -> None:
    price = BOOK.price("gpt-5.4", "openai", NOON)
    assert isinstance(price, Price)
    assert price.cost_micros(Usage(272_000, 0)) == 680_000
    assert price.cost_micros(Usage(272_001, 0)) == 1_360_005
    assert price.cost_micros(Usage(272_001, 1_000)) == 1_360_005 + 22_500


@given(prices, usages, st.integers(0, 5_000), st.integers(0, 5_000))
def test_no_usage_within_the_counts_costs_more_than_the_bound(price: Price, usage: Usage, more: int, rest: int) -> None:
    bound = price.bound_micros(usage.input_tokens + more, usage.output_tokens + rest)
    assert price.cost_micros(usage) <= bound


@given(prices, counts, counts, st.integers(0, 100_000), st.integers(0, 100_000))
def test_the_bound_grows_with_both_counts(price: Price, sent: int, made: int, more: int, rest: int) -> None:
    assert price.bound_micros(sent, made) <= price.bound_micros(sent + more, made + rest)


@given(prices, counts, st.integers(0, 10**9))
def test_the_cap_is_the_most_that_fits(price: Price, sent: int, budget_micros: int) -> None:
    cap = price.cap_tokens(budget_micros, sent)
    assert cap == 0 or price.bound_micros(sent, cap) <= budget_micros
    assert price.bound_micros(sent, cap + 1) > budget_micros


@given(prices)
def test_a_price_survives_being_written_down(price: Price) -> None:
    assert Price.from_json(price.to_json()) == price
    assert Price.from_json(price.to_json()).to_json() == price.to_json()


def test_a_known_model_by_every_name_people_use() -> None:
    plain = BOOK.price("gpt-5-mini", "openai", NOON)
    assert isinstance(plain, Price)
    assert (plain.input.base, plain.output.base, plain.cache_read.base) == (
        Decimal("0.25"),
        Decimal(2),
        Decimal("0.025"),
    )
    assert plain.book == BOOK.version
    assert plain.book.startswith("genai-prices ")
    for name, provider in [("openai/gpt-5-mini", None), ("openai/gpt-5-mini", "openai"), ("GPT-5-Mini", None)]:
        assert BOOK.price(name, provider, NOON) == plain
    assert plain.typical_micros() == 1_375


@pytest.mark.parametrize(
    ("name", "provider"),
    [("no-such-model", None), ("no-such-model", "openai"), ("gpt-5-mini", "no-such-provider"), ("", None), ("/", None)],
)
def test_an_unknown_model_is_unpriced(name: str, provider: str | None) -> None:
    found = BOOK.price(name, provider, NOON)
    assert isinstance(found, Unpriced)
    assert "No price is known" in found.sentence


def test_every_model_of_the_book_has_a_full_price_or_none() -> None:
    priced, unpriced = 0, 0
    for provider in BOOK._snapshot.providers:
        for model in provider.models:
            found = BOOK.price(model.id, provider.id, NOON)
            if isinstance(found, Unpriced):
                unpriced += 1
                continue
            priced += 1
            assert found.cost_micros(Usage(1, 0)) > 0
            assert found.cost_micros(Usage(0, 1)) > 0
            assert found.bound_micros(0, 1) > 0
    assert priced > 1_000
    assert unpriced > 100


def test_prices_change_with_the_hour_where_the_provider_says_so() -> None:
    found = {BOOK.price("deepseek-chat", "deepseek", datetime(2025, 6, 1, hour, tzinfo=UTC)) for hour in range(24)}
    assert len(found) > 1
    assert all(isinstance(price, Price) for price in found)


def test_a_model_priced_by_the_request_is_refused() -> None:
    found = BOOK.price("sonar", "perplexity", NOON)
    assert isinstance(found, Unpriced)
    assert "more than input and output tokens" in found.sentence


@pytest.mark.parametrize("legs", [("0", "1"), ("1", "0"), ("-1", "1"), ("1", "NaN"), ("1", "Infinity")])
def test_own_prices_are_never_zero_negative_or_odd(legs: tuple[str, str]) -> None:
    assert isinstance(own_price("own", input_usd=Decimal(legs[0]), output_usd=Decimal(legs[1])), Unpriced)
