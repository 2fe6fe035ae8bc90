"""What a call is charged, by how it ended: the failure table, without the wire."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget.asking.charge import FAULTS, Call, charge
from budget.calling.faults import (
    BadSecret,
    ContentRefused,
    ContextTooLong,
    Cut,
    LlmError,
    RateLimited,
    ServerFault,
    TimedOut,
    UnknownModel,
    Unreachable,
)
from budget.llm import End
from budget.offer.pricing import Usage
from tests.asking import price

PRICE = price("1", "2")
KINDS = [BadSecret, UnknownModel, RateLimited, ContextTooLong, ContentRefused, Unreachable, ServerFault, Cut]


def call(text: str = "", **more: object) -> Call:
    return Call(1_000, 400, 300, text, **more)  # type: ignore[arg-type]  # fields by name


def test_every_fault_has_an_outcome() -> None:
    assert set(FAULTS) == set(LlmError.__subclasses__())
    assert len(set(FAULTS.values())) == len(FAULTS)


def test_reported_usage_is_taken_at_its_word() -> None:
    decided = charge(call("hello", end=End("stop", Usage(120, 30))), PRICE)
    assert (decided.state, decided.outcome, decided.cost_micros, decided.estimated) == (
        "settled",
        "answered",
        180,
        False,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_what_surely_did_not_reach_the_model_is_free(kind: type[LlmError]) -> None:
    decided = charge(call(fault=kind(reached=False)), PRICE)
    assert (decided.state, decided.cost_micros) == ("failed", None)


def test_a_server_fault_before_the_first_token_is_free_though_it_reached() -> None:
    assert charge(call(fault=ServerFault(reached=True)), PRICE).cost_micros is None


def test_silence_is_charged_for_what_was_sent() -> None:
    decided = charge(call(fault=TimedOut("first token", reached=True)), PRICE)
    assert (decided.cost_micros, decided.estimated) == (1_000, True)


def test_what_was_seen_is_charged_a_token_a_byte_up_to_the_cap() -> None:
    assert charge(call("héllo", fault=Cut(reached=True)), PRICE).cost_micros == 1_000 + 2 * 6
    assert charge(call("x" * 999, fault=Cut(reached=True)), PRICE).cost_micros == 1_000 + 2 * 300


def test_what_we_stopped_is_charged_at_its_likely_count_up_to_the_cap() -> None:
    assert charge(call("héllo, you"), PRICE).cost_micros == 400 + 2 * (5 + 2)
    assert charge(call("x" * 999), PRICE).cost_micros == 400 + 2 * 300


@given(st.text(max_size=400), st.sampled_from([None, End("stop", None), End(None, None), End("length", None)]))
def test_an_estimate_never_passes_the_bound_that_was_held(text: str, end: End | None) -> None:
    decided = charge(call(text, end=end), PRICE)
    assert decided.estimated
    assert decided.cost_micros is not None
    least = 400 if end is None else 1_000
    assert least <= decided.cost_micros <= PRICE.bound_micros(1_000, 300)
