"""Which allowance is whose, and who comes first."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget.allowances.cover import Cover, Moment, below, cover_of, entitled, including, ordered
from budget.allowances.periods import of_day
from store.allowances import Allowance
from store.payouts import Candidate

AT = datetime(2026, 11, 22, tzinfo=UTC)
ONE = Allowance("a", "T1", "everyone", "T1", 100, "month", 0, None, "company:T1", "", "", None, None, AT)
SOMEBODY = Candidate("p", "U", "P", AT, None, None, False, False, 0)
TREE = {"top": None, "mid": "top", "leaf": "mid", "other": None}


def allowance(scope: str, scope_id: str, amount: int, period: str = "month") -> Allowance:
    return replace(ONE, id=f"{scope_id}-{amount}", scope=scope, scope_id=scope_id, amount_micros=amount, period=period)


ALL, TOP, LEAF = allowance("everyone", "T1", 1), allowance("team", "top", 20), allowance("team", "leaf", 5)
OTHER, OWN = allowance("team", "other", 6, "week"), allowance("person", "p", 2)


@pytest.mark.parametrize(
    ("counting", "teams", "theirs"),
    [
        ([ALL, TOP, OWN], ["top"], OWN),
        ([ALL, TOP], ["top"], TOP),
        ([ALL, TOP], ["leaf"], TOP),
        ([ALL, TOP, LEAF], ["leaf"], LEAF),
        ([ALL, TOP, LEAF], ["mid"], TOP),
        ([ALL, TOP, LEAF], ["leaf", "mid"], TOP),
        ([ALL, TOP, OTHER], ["top", "other"], OTHER),  # 6 a week are more than 20 a month
        ([ALL, LEAF], ["other"], ALL),
        ([LEAF], ["top"], None),
        ([], ["top"], None),
    ],
)
def test_whose_it_is(counting: list[Allowance], teams: list[str], theirs: Allowance | None) -> None:
    assert cover_of(counting, TREE, {"p": teams}).of("p") == theirs


@given(st.dictionaries(st.sampled_from("abcdef"), st.one_of(st.none(), st.sampled_from("abcdef"))))
def test_teams_in_a_ring_are_no_trap(parents: dict[str, str | None]) -> None:
    for team in "abcdef":
        assert Cover(parents=parents, everyone=ALL, memberships={"p": [team]}).of("p") == ALL
        assert team in below(parents, team)
        assert {lower for lower, above in parents.items() if above == team} <= below(parents, team)


def test_who_is_entitled() -> None:
    today, day = date(2026, 12, 10), date(2026, 11, 30)
    moment, guests = Moment(today, day, AT), {"guests": False}
    assert entitled(SOMEBODY, moment, **guests)
    assert entitled(replace(SOMEBODY, starts_on="2026-11-30", ends_on="2026-12-10"), moment, **guests)
    for other in (
        replace(SOMEBODY, starts_on="2026-12-01"),
        replace(SOMEBODY, ends_on="2026-12-09"),
        replace(SOMEBODY, created_at=AT + timedelta(seconds=1)),
        replace(SOMEBODY, is_guest=True),
    ):
        assert not entitled(other, moment, **guests)
    assert entitled(replace(SOMEBODY, is_guest=True, allowed=True), moment, **guests)
    assert entitled(replace(SOMEBODY, is_guest=True), moment, guests=True)


def test_who_comes_first() -> None:
    old = replace(SOMEBODY, id="old", name="zoe", starts_on="2019-01-01", available_micros=5)
    new = replace(SOMEBODY, id="new", name="Ann", available_micros=1)
    rich = replace(SOMEBODY, id="rich", name="bob", created_at=AT - timedelta(days=1), available_micros=9)
    found = [rich, new, old]
    assert [one.id for one in ordered(found, "joined")] == ["old", "rich", "new"]
    assert [one.id for one in ordered(found, "name")] == ["new", "rich", "old"]
    assert [one.id for one in ordered(found, "poorest")] == ["new", "old", "rich"]


def test_which_periods_a_period_lies_in() -> None:
    inside, across = of_day("week", date(2026, 11, 18)), of_day("week", date(2026, 12, 30))
    assert including(inside) == {("week", "2026-11-16"), ("month", "2026-11-01"), ("quarter", "2026-10-01")}
    assert including(across) == {("week", "2026-12-28")}
    assert including(of_day("quarter", date(2026, 11, 1))) == {("quarter", "2026-10-01")}
