"""The statement of a wallet: what was on it, all that came and went, what is on it then; and it adds up.

Days begin at midnight in the workspace's zone. Questions are summed by the day.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from budget.audits import looked
from budget.house import House
from budget.org.places import Place, of_person, place
from budget.org.rights import Action, Relation, Standing, standing
from budget.outcome import No
from budget.packages import texts
from budget.packages.paying import today
from budget.packages.seen import Seen, see
from budget.packages.terms import month_day
from budget.packages.typed import Period
from budget.typed import PersonRef
from store import packages, people, statements
from store.accounts import balance
from store.database import Connection
from store.people import Person
from store.statements import Line

FIRST_YEAR = 2000


@dataclass(frozen=True, slots=True)
class Day:
    """The questions of a day: how many, and what they took."""

    on: date
    count: int
    micros: int


@dataclass(frozen=True, slots=True)
class Sum:
    """All movements of a kind: what came in and what went out, both not negative."""

    kind: str
    count: int
    came_micros: int
    went_micros: int


@dataclass(frozen=True, slots=True)
class Statement:
    """`from_on` to `to_on`, both counted; `until_now`: it goes on, and `closing_micros` is the balance at `at`.

    `held_micros`, `ends` (when, and how much; None: no end) and `packages` are as of `at`, whatever the time asked for.
    """

    person: Person
    own: bool
    from_on: date
    to_on: date
    is_year: bool
    until_now: bool
    at: datetime
    zone: ZoneInfo
    opening_micros: int
    lines: Sequence[Line]
    days: Sequence[Day]
    closing_micros: int
    now_micros: int
    held_micros: int
    ends: Sequence[tuple[datetime | None, int]]
    packages: Sequence[Seen]

    @property
    def title(self) -> str:
        """`November 2026`, `2026`"""
        return str(self.from_on.year) if self.is_year else f"{self.from_on:%B %Y}"

    @property
    def sums(self) -> list[Sum]:
        """By kind, in the order in which kinds are told."""
        by_kind: dict[str, list[int]] = defaultdict(list)
        for line in self.lines:
            by_kind[line.kind].append(line.amount_micros)
        found = [Sum(kind, len(parts), plus(parts), plus([-part for part in parts])) for kind, parts in by_kind.items()]
        if self.days:
            took = sum(day.micros for day in self.days)
            found.append(Sum("consume", sum(day.count for day in self.days), 0, took))
        order = list(texts.MOVEMENTS)
        return sorted(found, key=lambda each: order.index(each.kind))


def plus(parts: Sequence[int]) -> int:
    """The sum of what is above zero."""
    return sum(part for part in parts if part > 0)


async def statement_of(
    house: House, person_id: str, of: PersonRef | None, period: Period, *, origin: str
) -> Statement | No:
    """Somebody's statement, one's own where nobody is named; a look at another's is written down before."""
    at = house.now()
    if of is not None:
        seen = await house.database.write(lambda conn: look(conn, person_id, of, at, origin))
        if isinstance(seen, No):
            return seen

    def read(conn: Connection) -> Statement | No:
        found = whose(conn, person_id, of)
        if isinstance(found, No):
            return found
        _, target = found
        return figures(conn, house, target, period, at)

    return await house.database.read(read)  # all of it as of one moment


def look(conn: Connection, person_id: str, of: PersonRef, at: datetime, origin: str) -> No | None:
    """Write down who looks at whose statement."""
    found = whose(conn, person_id, of)
    if isinstance(found, No):
        return found
    actor, target = found
    looked(conn, actor, target.account_id, "statement", at, origin)
    return None


def whose(conn: Connection, person_id: str, of: PersonRef | None) -> tuple[Standing, Place] | No:
    """Who looks, and at which wallet, if they may."""
    person = people.person(conn, person_id)
    assert person is not None, "whoever looks was met before"
    actor = standing(conn, person)
    target = of_person(conn, actor, person) if of is None else place(conn, actor, of)
    if isinstance(target, No):
        return target
    assert target.person is not None, "a person was named"
    if not actor.may(Action.SEE_STATEMENT, target.relation):
        return No(f"The statement of {target.person.name} is for {target.person.name} and admins to see.")
    return actor, target


def days_of(period: Period, day: date) -> tuple[date, date]:
    """The first day of a period, and the first day after it."""
    if period.year is None:
        first = month_day(day.replace(day=1), -period.back)
        return first, month_day(first, 1)
    first = date(period.year, period.month or 1, 1)
    return first, month_day(first, 1 if period.month else 12)


def figures(conn: Connection, house: House, target: Place, period: Period, at: datetime) -> Statement | No:
    """The statement of a wallet within a transaction that sees one moment. AssertionError: the books do not add up."""
    day, zone = today(house, at), house.rules.timezone
    if period.year is not None and not FIRST_YEAR <= period.year <= day.year:
        return No(f"There is nothing in the books of {period.year}.")
    from_on, after_on = days_of(period, day)
    if from_on > day:
        return No(f"{from_on:%B %Y} has not begun yet.")
    until_now = after_on > day
    from_at, to_at = midnight(from_on, zone), None if until_now else midnight(after_on, zone)
    person, now = target.person, balance(conn, target.account_id)
    assert person is not None, "a person was named"
    assert now is not None, "the wallet was opened with its owner"
    made = Statement(
        person=person,
        own=target.relation is Relation.SELF,
        from_on=from_on,
        to_on=day if until_now else last_of(after_on),
        is_year=period.year is not None and period.month is None,
        until_now=until_now,
        at=at,
        zone=zone,
        opening_micros=statements.balance_before(conn, target.account_id, from_at),
        lines=statements.lines(conn, target.account_id, from_at, to_at),
        days=by_day(statements.questions(conn, target.account_id, from_at, to_at), zone),
        closing_micros=now.posted_micros
        if to_at is None
        else statements.balance_before(conn, target.account_id, to_at),
        now_micros=now.posted_micros,
        held_micros=now.held_micros,
        ends=statements.ends(conn, target.account_id),
        packages=[see(package, day) for package in packages.of_person(conn, person.id, active=True)],
    )
    assert adds_up(made), f"the statement of {target.account_id} over {period} does not add up"
    return made


def adds_up(made: Statement) -> bool:
    """What was there, and all that came and went, is what is there; and so is the sum of what ends when."""
    moved = sum(line.amount_micros for line in made.lines) - sum(day.micros for day in made.days)
    ending = sum(micros for _, micros in made.ends)
    return made.opening_micros + moved == made.closing_micros and ending == made.now_micros


def by_day(questions: Sequence[tuple[datetime, int]], zone: ZoneInfo) -> list[Day]:
    """Questions summed by the day, oldest first."""
    taken: dict[date, list[int]] = defaultdict(list)
    for asked_at, micros in questions:
        taken[asked_at.astimezone(zone).date()].append(micros)
    return [Day(on, len(parts), sum(parts)) for on, parts in sorted(taken.items())]


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a day begins in a zone."""
    return datetime.combine(day, time(), zone)


def last_of(after_on: date) -> date:
    """The day before."""
    return date.fromordinal(after_on.toordinal() - 1)
