"""The terms of a package, and what has vested by when: arithmetic of months and whole micro-dollars, nothing else.

After `k` full months since the start, `annual * k / 12` has vested, rounded down once: parts differ by a micro-dollar
and add up exactly. Before the cliff nothing has, at the cliff all of it at once. A month is full on the day of its
number: from the 31st on, that is the last day of a shorter month (31 January, 28 or 29 February, 31 March).
Days are those of the workspace's zone; whoever asks says which day it is there.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

MONTHS_OF_A_YEAR = 12
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Terms:
    """What was agreed. `months` None: until somebody ends it; `ends_on`: the last day that counts, once it is ended."""

    annual_micros: int
    starts_on: date
    months: int | None = None
    cliff_months: int = 0
    ends_on: date | None = None


def month_day(starts_on: date, month: int) -> date:
    """The day on which so many months are full."""
    years, index = divmod(starts_on.month - 1 + month, MONTHS_OF_A_YEAR)
    year = starts_on.year + years
    return date(year, index + 1, min(starts_on.day, monthrange(year, index + 1)[1]))


def full_months(starts_on: date, day: date) -> int:
    """How many months are full when a day begins; none before the start."""
    months = (day.year - starts_on.year) * MONTHS_OF_A_YEAR + day.month - starts_on.month
    return max(0, months if months <= 0 or month_day(starts_on, months) <= day else months - 1)


def months_until(starts_on: date, last_on: date) -> int:
    """How many months are full at the end of a day: that day counts."""
    return full_months(starts_on, last_on + DAY)


def last_month(terms: Terms) -> int | None:
    """The number of the last month that counts; None: there is no end."""
    ends = [] if terms.months is None else [terms.months]
    if terms.ends_on is not None:
        ends.append(months_until(terms.starts_on, terms.ends_on))
    return min(ends, default=None)


def accrued(terms: Terms, months: int) -> int:
    """What has vested after so many full months, in micro-dollars."""
    return terms.annual_micros * months // MONTHS_OF_A_YEAR if months >= terms.cliff_months else 0


def part(terms: Terms, month: int) -> int:
    """What vests with a month: at the cliff all of the months before it too."""
    return accrued(terms, month) - accrued(terms, month - 1)


def reached(terms: Terms, day: date) -> int:
    """How many months count when a day begins."""
    months, last = full_months(terms.starts_on, day), last_month(terms)
    return months if last is None else min(months, last)


def vested(terms: Terms, day: date) -> int:
    """What has vested when a day begins, in micro-dollars."""
    return accrued(terms, reached(terms, day))


def due(terms: Terms, paid_months: int, day: date) -> range:
    """The months that have vested when a day begins and were not paid; each is paid as a `part`."""
    return range(max(paid_months + 1, terms.cliff_months), reached(terms, day) + 1)


def next_month(terms: Terms, paid_months: int) -> int | None:
    """The month that is paid next; None when none is any more."""
    month, last = max(paid_months + 1, terms.cliff_months, 1), last_month(terms)
    return month if last is None or month <= last else None


def next_day(terms: Terms, paid_months: int) -> date | None:
    """The day on which something happens next: a month is paid, or an end comes. None: it is over."""
    month = next_month(terms, paid_months)
    if month is not None:
        return month_day(terms.starts_on, month)
    return terms.ends_on + DAY if terms.ends_on is not None and paid_months != terms.months else None


def total(terms: Terms) -> int | None:
    """What vests altogether, in micro-dollars; None: there is no end."""
    last = last_month(terms)
    return None if last is None else accrued(terms, last)
