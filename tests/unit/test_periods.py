"""The calendar of allowances: periods tile time, and begin with the first moment of their first day, in every zone."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget.allowances.periods import (
    KINDS,
    Kind,
    Period,
    day_begins,
    day_of,
    from_day,
    missed_and_present,
    of_day,
    of_moment,
)

SKIPPED = {
    "Pacific/Apia",
    "Pacific/Fakaofo",
    "Pacific/Kiritimati",
    "Pacific/Kwajalein",
    "Pacific/Enderbury",
    "Kwajalein",
}
ZONES = sorted(available_timezones() - SKIPPED - {"Pacific/Kanton"})  # those skipped a whole day when they moved
SECOND = timedelta(seconds=1)

kinds = st.sampled_from(KINDS)
zones = st.one_of(
    st.sampled_from(ZONES),
    st.sampled_from(["America/Sao_Paulo", "Asia/Beirut", "Africa/Cairo", "America/Havana", "Asia/Amman", "Asia/Gaza",
                     "America/St_Johns", "Pacific/Kiritimati", "Etc/GMT-14", "Etc/GMT+12", "Asia/Kathmandu"]),
).map(ZoneInfo)  # fmt: skip
days = st.dates(date(1990, 1, 1), date(2090, 12, 31))
moments = st.datetimes(datetime(1997, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # aware by the zone


@given(kinds, days)
def test_every_day_is_in_the_one_period_that_its_days_say(kind: Kind, day: date) -> None:
    period = of_day(kind, day)
    assert period.first <= day < period.end
    assert period.shift(1).first == period.end
    assert period.shift(1).shift(-1) == period
    assert {of_day(kind, period.first), of_day(kind, period.end - timedelta(days=1))} == {period}
    assert of_day(kind, period.end) != period
    if kind == "week":
        assert (period.first.weekday(), (period.end - period.first).days) == (0, 7)
    else:
        months = (period.end.year - period.first.year) * 12 + period.end.month - period.first.month
        assert (period.first.day, months) == (1, {"month": 1, "quarter": 3}[kind])
        assert kind == "month" or period.first.month in {1, 4, 7, 10}


@given(kinds, moments, zones)
def test_every_moment_is_in_exactly_one_period(kind: Kind, at: datetime, zone: ZoneInfo) -> None:
    period = of_moment(kind, at, zone)
    assert period.begins_at(zone) <= at < period.ends_at(zone)
    assert period.ends_at(zone) == period.shift(1).begins_at(zone), "no gap, no overlap"
    assert of_moment(kind, period.begins_at(zone), zone) == period
    assert of_moment(kind, period.ends_at(zone) - SECOND, zone) == period
    assert of_moment(kind, period.ends_at(zone), zone) == period.shift(1)


@given(days, zones)
def test_a_day_begins_at_midnight_or_with_its_first_moment(day: date, zone: ZoneInfo) -> None:
    begins = day_begins(day, zone)
    shown = begins.astimezone(zone)
    assert shown.date() == day
    assert (begins - SECOND).astimezone(zone).date() == day - timedelta(days=1)
    midnight = datetime.combine(day, time())
    exists = midnight.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == midnight
    assert exists == (shown.time() == time())


@pytest.mark.parametrize(
    ("zone", "day", "begins"),
    [
        ("America/Sao_Paulo", date(2018, 11, 4), "2018-11-04T03:00"),  # midnight does not exist: 01:00 comes at once
        ("Asia/Beirut", date(2024, 3, 31), "2024-03-30T22:00"),  # the same
        ("Africa/Cairo", date(2024, 4, 26), "2024-04-25T22:00"),
        ("America/Havana", date(2024, 11, 3), "2024-11-03T04:00"),  # midnight comes twice: the first one
        ("America/St_Johns", date(2010, 11, 7), "2010-11-07T02:30"),  # back by an hour a minute after midnight
        ("America/Toronto", date(1990, 1, 1), "1990-01-01T05:00"),
        ("Etc/GMT-14", date(2026, 3, 1), "2026-02-28T10:00"),
        ("Etc/GMT+12", date(2026, 3, 1), "2026-03-01T12:00"),
        ("Pacific/Apia", date(2011, 12, 30), "2011-12-30T10:00"),  # never was: it is where the next day begins
        ("Pacific/Apia", date(2011, 12, 31), "2011-12-30T10:00"),
        ("America/Toronto", date(1919, 3, 31), "1919-03-31T04:30"),  # 23:30 became 00:30: half past is its first
    ],
)
def test_days_that_begin_oddly(zone: str, day: date, begins: str) -> None:
    assert day_begins(day, ZoneInfo(zone)) == datetime.fromisoformat(begins).replace(tzinfo=UTC)


def test_the_same_date_twice_is_the_later_day() -> None:
    zone = ZoneInfo("America/St_Johns")
    again = datetime(2010, 11, 7, 2, 45, tzinfo=UTC)
    assert again.astimezone(zone).date() == date(2010, 11, 6), "by the clock it is the day before once more"
    assert day_of(again, zone) == date(2010, 11, 7)


@pytest.mark.parametrize(
    ("kind", "day", "first", "end", "words"),
    [
        ("month", date(2028, 2, 29), date(2028, 2, 1), date(2028, 3, 1), "February 2028"),
        ("month", date(2026, 12, 31), date(2026, 12, 1), date(2027, 1, 1), "December 2026"),
        ("quarter", date(2026, 11, 22), date(2026, 10, 1), date(2027, 1, 1), "October to December 2026"),
        ("week", date(2026, 11, 22), date(2026, 11, 16), date(2026, 11, 23), "the week of 16 November 2026"),
        ("week", date(2027, 1, 1), date(2026, 12, 28), date(2027, 1, 4), "the week of 28 December 2026"),
    ],
)
def test_periods_by_example(kind: Kind, day: date, first: date, end: date, words: str) -> None:
    period = of_day(kind, day)
    assert (period.first, period.end, period.words) == (first, end, words)


@given(kinds, days)
def test_the_first_period_from_a_day_on(kind: Kind, day: date) -> None:
    period = from_day(kind, day)
    assert period.first >= day > period.shift(-1).first


@given(kinds, kinds, days)
def test_a_period_covers_those_whose_days_are_all_in_it(kind: Kind, other: Kind, day: date) -> None:
    one, two = of_day(kind, day), of_day(other, day)
    inside = all(one.first <= two.first + timedelta(days=n) < one.end for n in range((two.end - two.first).days))
    assert one.covers(two) == inside
    assert not one.covers(two.shift(1)) or kind != other


@given(kinds, zones, st.lists(moments, min_size=1, max_size=6), moments)
def test_whenever_the_clock_comes_by_each_period_is_decided_once_and_none_is_left(
    kind: Kind, zone: ZoneInfo, ticks: list[datetime], begun: datetime
) -> None:
    """As `claim` goes on: from what it decided on last to the present period."""
    near = sorted(begun + timedelta(seconds=abs((tick - begun).total_seconds()) % (400 * 86_400)) for tick in ticks)
    following, decided = of_moment(kind, begun, zone).first, list[Period]()
    for at in near:
        found = missed_and_present(kind, following, at, zone)
        decided += found
        following = found[-1].end if found else following
        assert decided[-1].begins_at(zone) <= at < decided[-1].ends_at(zone)
    assert decided == [decided[0].shift(n) for n in range(len(decided))]
    assert decided[0] == of_moment(kind, begun, zone)
