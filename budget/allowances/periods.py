"""The calendar of what recurs: weeks from Monday, months, quarters; each from one local midnight to another.

Pure functions. A period is known by its kind and its first day; its moments follow from a zone. Where a zone skips
midnight, a day begins with its first moment; where midnight comes twice, with the first one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

Kind = Literal["week", "month", "quarter"]
KINDS: tuple[Kind, ...] = get_args(Kind)
BY_NAME: Mapping[str, Kind] = {kind: kind for kind in KINDS}
MONTHS = {"month": 1, "quarter": 3}
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A week, month or quarter. `first` is its first day: a Monday, or the first of a month."""

    first: date
    kind: Kind

    def __post_init__(self) -> None:
        assert self.first == first_day(self.kind, self.first), self

    @property
    def end(self) -> date:
        """The first day after it."""
        return self.shift(1).first

    def shift(self, count: int) -> "Period":
        """The period so many later; earlier when negative."""
        if self.kind == "week":
            return Period(self.first + timedelta(weeks=count), "week")
        months = self.first.year * 12 + self.first.month - 1 + MONTHS[self.kind] * count
        return Period(date(months // 12, months % 12 + 1, 1), self.kind)

    def begins_at(self, zone: ZoneInfo) -> datetime:
        """Its first moment, in UTC."""
        return day_begins(self.first, zone)

    def ends_at(self, zone: ZoneInfo) -> datetime:
        """The first moment after it, in UTC."""
        return day_begins(self.end, zone)

    def covers(self, other: "Period") -> bool:
        """Whether all of the other period lies in this one."""
        return self.first <= other.first and other.end <= self.end

    @property
    def words(self) -> str:
        """`November 2026`, `the week of 16 November 2026`, `October to December 2026`."""
        if self.kind == "week":
            return f"the week of {self.first.day} {self.first:%B %Y}"
        if self.kind == "month":
            return f"{self.first:%B %Y}"
        return f"{self.first:%B} to {self.end - timedelta(days=1):%B %Y}"


def first_day(kind: Kind, day: date) -> date:
    """The first day of the period that a day is in."""
    if kind == "week":
        return day - timedelta(days=day.weekday())
    month = day.month if kind == "month" else (day.month - 1) // 3 * 3 + 1
    return date(day.year, month, 1)


def of_day(kind: Kind, day: date) -> Period:
    """The period that a day is in."""
    return Period(first_day(kind, day), kind)


def of_moment(kind: Kind, at: datetime, zone: ZoneInfo) -> Period:
    """The period that a moment is in: the only one that has begun by then and has not ended."""
    return of_day(kind, day_of(at, zone))


def from_day(kind: Kind, day: date) -> Period:
    """The first period that begins on a day or later."""
    period = of_day(kind, day)
    return period if period.first == day else period.shift(1)


def day_of(at: datetime, zone: ZoneInfo) -> date:
    """The day that a moment belongs to: the last one that has begun.

    By the clock it may be the day before once more, where clocks go back over midnight.
    """
    day = at.astimezone(zone).date()
    following = day + timedelta(days=1)
    return following if day_begins(following, zone) <= at else day


def day_begins(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a day, in UTC."""
    midnight = datetime.combine(day, time())
    first = midnight.replace(tzinfo=zone).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == midnight:
        return first
    return jump(day, midnight.replace(tzinfo=zone, fold=1).astimezone(UTC), first, zone)


def jump(day: date, before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """When clocks jump over a day's midnight: the first moment of (before, after] that they show that day or later."""
    while after - before > SECOND:
        middle = before + (after - before) // 2 // SECOND * SECOND
        if middle.astimezone(zone).date() >= day:
            after = middle
        else:
            before = middle
    return after


def missed_and_present(kind: Kind, next_first: date, at: datetime, zone: ZoneInfo) -> list[Period]:
    """The periods that have begun by a moment, from `next_first` on, oldest first; the last one is the present one."""
    present, found = of_moment(kind, at, zone), []
    period = Period(next_first, kind)
    while period <= present:
        found.append(period)
        period = period.shift(1)
    return found
