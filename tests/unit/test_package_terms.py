"""What vests by when: exact, cumulative, the same however often and whenever one looks."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget.packages import terms
from budget.packages.terms import Terms

DAYS = st.dates(date(2015, 1, 1), date(2040, 12, 31))


@st.composite
def packages(draw: st.DrawFn) -> Terms:
    months = draw(st.none() | st.integers(1, 120))
    cliff = draw(st.integers(0, min(24, months or 24)))
    starts_on = draw(DAYS)
    ends_on = draw(st.none() | st.integers(-40, 2000).map(lambda days: starts_on + timedelta(days)))
    return Terms(draw(st.integers(1, 10**12)), starts_on, months, cliff, ends_on)


@pytest.mark.parametrize(
    ("starts_on", "days"),
    [
        ("2027-01-31", "2027-02-28 2027-03-31 2027-04-30 2027-05-31"),
        ("2028-01-31", "2028-02-29 2028-03-31 2028-04-30 2028-05-31"),
        ("2028-02-29", "2028-03-29 2028-04-29 2028-05-29 2028-06-29"),
        ("2026-11-30", "2026-12-30 2027-01-30 2027-02-28 2027-03-30"),
        ("2026-10-01", "2026-11-01 2026-12-01 2027-01-01 2027-02-01"),
    ],
)
def test_months_end_where_people_expect_them_to(starts_on: str, days: str) -> None:
    start = date.fromisoformat(starts_on)
    assert [str(terms.month_day(start, month)) for month in range(1, 5)] == days.split()
    assert terms.month_day(date(2028, 2, 29), 12) == date(2029, 2, 28)
    assert terms.month_day(date(2028, 2, 29), 48) == date(2032, 2, 29)


def test_a_year_with_a_cliff_to_the_last_micro_dollar() -> None:
    agreed = Terms(1_000, date(2026, 1, 1), months=12, cliff_months=3)
    paid = [terms.part(agreed, month) for month in range(1, 13)]
    assert paid == [0, 0, 250, 83, 83, 84, 83, 83, 84, 83, 83, 84]
    assert (terms.accrued(agreed, 2), terms.accrued(agreed, 3), terms.total(agreed)) == (0, 250, 1_000)
    assert list(terms.due(agreed, 0, date(2026, 3, 31))) == []
    assert list(terms.due(agreed, 0, date(2026, 4, 1))) == [3]
    assert list(terms.due(agreed, 4, date(2026, 7, 1))) == [5, 6]


@pytest.mark.parametrize(
    ("last_on", "months"), [("2026-12-30", 11), ("2026-12-31", 12), ("2027-06-30", 12), ("2025-12-31", 0)]
)
def test_the_last_day_counts(last_on: str, months: int) -> None:
    agreed = Terms(1_200, date(2026, 1, 1), 12, 0, date.fromisoformat(last_on))
    assert (terms.last_month(agreed), terms.total(agreed)) == (months, months * 100)
    assert terms.months_until(date(2026, 1, 1), date(2029, 12, 31)) == 48


@given(DAYS, st.integers(0, 240))
def test_a_month_is_full_on_its_day_and_not_before(starts_on: date, month: int) -> None:
    on = terms.month_day(starts_on, month)
    assert terms.full_months(starts_on, on) == month
    assert terms.full_months(starts_on, on - terms.DAY) == max(0, month - 1)
    assert on.day == starts_on.day or (on + terms.DAY).day == 1


@given(packages(), DAYS, DAYS)
def test_it_only_grows_and_never_beyond_what_was_agreed(agreed: Terms, one: date, other: date) -> None:
    earlier, later = sorted((one, other))
    assert 0 <= terms.vested(agreed, earlier) <= terms.vested(agreed, later)
    promised = terms.total(agreed)
    assert promised is None or terms.vested(agreed, later) <= promised
    months = terms.reached(agreed, later)
    whole = agreed.annual_micros * months // 12
    assert terms.vested(agreed, later) == (whole if months >= agreed.cliff_months else 0)


@given(packages(), st.lists(DAYS, max_size=12))
def test_however_often_one_pays_it_comes_to_the_same(agreed: Terms, looks: list[date]) -> None:
    paid_months = paid = 0
    for day in sorted(looks):
        for month in terms.due(agreed, paid_months, day):
            paid, paid_months = paid + terms.part(agreed, month), month
        assert paid == terms.vested(agreed, day)
        assert list(terms.due(agreed, paid_months, day)) == []


@given(packages(), DAYS)
def test_what_comes_next_is_not_due_before_its_day(agreed: Terms, day: date) -> None:
    due = terms.due(agreed, 0, day)
    paid = due[-1] if due else 0
    next_on, month = terms.next_day(agreed, paid), terms.next_month(agreed, paid)
    if month is None:
        over = paid == agreed.months or agreed.ends_on is not None
        assert over
        assert next_on is None or (agreed.ends_on is not None and next_on == agreed.ends_on + terms.DAY)
        return
    assert next_on is not None
    assert next_on > day
    assert terms.due(agreed, paid, next_on)[0] == month
    assert not terms.due(agreed, paid, next_on - terms.DAY)
