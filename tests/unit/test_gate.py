"""The gate of HTTP mode: who is let in, by a clock that is moved."""

import pytest

from handlers.slack.wire.gate import (
    ADDRESSES_KEPT,
    BAD_BY_ADDRESS,
    BAD_IN_ALL,
    INSIDE,
    PER_S,
    READING,
    READING_BY_ADDRESS,
    READING_UNKNOWN,
    TRUSTED_S,
    Gate,
    address_of,
)


class Clock:
    at_s = 0.0

    def __call__(self) -> float:
        return self.at_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gate(clock: Clock) -> Gate:
    return Gate(clock)


def test_so_many_bad_ones_a_minute_from_an_address(gate: Gate, clock: Clock) -> None:
    for _ in range(BAD_BY_ADDRESS):
        assert gate.full("a") is None
        gate.bad("a")
    assert gate.full("a") == "too many bad"
    assert gate.full("b") is None
    clock.at_s = PER_S + 1
    assert gate.full("a") is None


def test_so_many_in_all(gate: Gate, clock: Clock) -> None:
    for number in range(BAD_IN_ALL):
        gate.bad(f"a{number}")
    assert gate.full("another") == "too many bad"
    clock.at_s = PER_S + 1
    assert gate.full("another") is None


def test_who_has_signed_well_is_not_shut_out_for_others(gate: Gate, clock: Clock) -> None:
    """Slack and whoever floods may come through one and the same proxy."""
    gate.good("proxy")
    for number in range(BAD_IN_ALL):
        gate.bad("proxy" if number % 2 else f"a{number}")
    assert gate.full("proxy") is None
    clock.at_s = TRUSTED_S + 1
    for _ in range(BAD_BY_ADDRESS):
        gate.bad("proxy")
    assert gate.full("proxy") == "too many bad"


def test_so_many_bodies_are_read_at_once(gate: Gate) -> None:
    held = [gate.reading("a") for _ in range(READING_BY_ADDRESS)]
    for each in held:
        each.__enter__()
    assert gate.full("a") == "busy"
    assert gate.full("b") is None
    gate.good("a")
    assert gate.full("a") is None
    more = [gate.reading(f"b{number}") for number in range(READING - READING_BY_ADDRESS)]
    for each in more:
        each.__enter__()
    assert gate.full("a") == gate.full("c") == "busy"
    for each in (*held, *more):
        each.__exit__(None, None, None)
    assert gate.full("a") is gate.full("c") is None


def test_bodies_of_strangers_leave_room_for_slack(gate: Gate) -> None:
    """Many addresses that send slowly, none of which has done anything wrong yet."""
    gate.good("slack")
    held = [gate.reading(f"a{number}") for number in range(READING_UNKNOWN)]
    for each in held:
        each.__enter__()
    assert gate.full("stranger") == "busy"
    assert gate.full("slack") is None
    held[0].__exit__(None, None, None)
    assert gate.full("stranger") is None


def test_so_many_are_worked_on_at_once(gate: Gate) -> None:
    gate.good("a")
    held = [gate.working() for _ in range(INSIDE)]
    for each in held:
        each.__enter__()
    assert gate.full("a") == "busy"
    held[0].__exit__(None, None, None)
    assert gate.full("a") is None


def test_a_flood_of_addresses_fills_no_memory(gate: Gate, clock: Clock) -> None:
    for number in range(3 * ADDRESSES_KEPT):
        clock.at_s += PER_S
        gate.bad(f"a{number}")
        gate.good(f"b{number}")
    assert len(gate._bad) == len(gate._good_s) == ADDRESSES_KEPT


@pytest.mark.parametrize(
    ("forwarded", "proxies", "address"),
    [
        ("", 0, "10.0.0.1"),
        ("203.0.113.9", 0, "10.0.0.1"),  # nobody said that a proxy is to be believed
        ("203.0.113.9", 1, "203.0.113.9"),
        ("6.6.6.6, 203.0.113.9", 1, "203.0.113.9"),  # the first is the caller's own invention
        ("6.6.6.6, 203.0.113.9, 10.0.0.7", 2, "203.0.113.9"),
        ("203.0.113.9", 2, "10.0.0.1"),  # too few: it came another way
        ("unknown", 1, "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", 1, "2001:0db8:0001:0002"),
        ("[2001:db8:1:2::1]", 1, "2001:0db8:0001:0002"),
        ("::ffff:203.0.113.9", 1, "203.0.113.9"),  # not one /64 with the whole of IPv4
    ],
)
def test_whose_word_on_the_address_is_taken(forwarded: str, proxies: int, address: str) -> None:
    assert address_of("10.0.0.1", forwarded, proxies) == address


def test_a_peer_without_an_address_is_one_peer() -> None:
    assert address_of(None, "", 1) == ""
