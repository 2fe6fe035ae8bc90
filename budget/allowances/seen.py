"""Looking at allowances: what somebody gets next, and which ones there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from budget.allowances.cover import Cover, cover_of
from budget.allowances.named import Whose, kind_of, pool_name, whose
from budget.allowances.periods import Period, day_of, from_day, of_day
from budget.allowances.typed import Everyone, Scope
from budget.allowances.who import parents_of
from budget.balance import known
from budget.house import House
from budget.org.places import place
from budget.org.rights import Action, Relation, Standing, to_person, to_team
from budget.outcome import No
from store import allowances, lots_seen, payouts, people, teams
from store.allowances import Allowance
from store.database import Connection
from store.people import Person

MOST_LISTED = 30


@dataclass(frozen=True, slots=True)
class Next:
    """What somebody gets when a period begins. `keeps_micros` of it outlive the period, until `keeps_until_at` (None:
    for good; the part that ends with the period does so at `until_at`). `left_out`: of the present one, so far.
    """

    amount_micros: int
    at: datetime
    period: Period
    until_at: datetime
    keeps_micros: int
    keeps_until_at: datetime | None
    whose: Whose
    pool: str
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """An allowance in a list. `next_first`: the first day of the next period; None: it runs out before."""

    allowance: Allowance
    whose: Whose
    pool: str
    next_first: Period | None


@dataclass(frozen=True, slots=True)
class Mine:
    """One's own: the next, what ends when, and those that one may see. `hidden`: how many are not listed."""

    person: Person
    next: Next | None
    ending: Sequence[tuple[datetime, int]]
    listed: Sequence[Listed] = ()
    hidden: int = 0


@dataclass(frozen=True, slots=True)
class OfOne:
    """Somebody's, a team's or everybody's: their own ones, and for a person what they get."""

    name: str
    listed: Sequence[Listed]
    next: Next | None = None


def next_for(conn: Connection, house: House, person: Person, at: datetime) -> Next | None:
    """What somebody gets by allowance, and when next; None when nothing comes. A few small statements."""
    zone = house.rules.timezone
    today = day_of(at, zone)
    memberships = [team.id for team, _ in teams.memberships(conn, person.id)]
    parents = parents_of(conn, person.workspace_id) if memberships else {}
    around = {person.id, person.workspace_id, *memberships, *(above for above in parents.values() if above)}
    found = allowances.active(conn, person.workspace_id, around)
    days = sorted({next_day(one, today) for one in found if not runs_out(one, today)})
    for day in days:
        one = cover_on(found, max(day, today), parents, person.id, memberships).of(person.id)
        if one is not None and next_day(one, today) == day and not runs_out(one, today):
            return next_of(conn, house, one, of_day(kind_of(one), day), person, today)
    return None


def next_day(one: Allowance, today: date) -> date:
    """The first day of the next period that is not decided on."""
    upcoming = max(date.fromisoformat(one.next_on), date.fromisoformat(one.from_on))
    return upcoming if upcoming >= today else max(upcoming, of_day(kind_of(one), today).first)


def runs_out(one: Allowance, today: date) -> bool:
    """Whether another takes its place before its next period would be over: that one is not paid."""
    end = from_day(kind_of(one), next_day(one, today)).end
    return one.until_on is not None and end.isoformat() > one.until_on


def cover_on(
    found: Sequence[Allowance], day: date, parents: dict[str, str | None], person_id: str, memberships: Sequence[str]
) -> Cover:
    """The allowances that count on a day, for one person."""
    shown = day.isoformat()
    counting = [one for one in found if one.from_on <= shown and (one.until_on is None or shown < one.until_on)]
    return cover_of(counting, parents, {person_id: memberships})


def next_of(conn: Connection, house: House, one: Allowance, period: Period, person: Person, today: date) -> Next:
    """What comes with a period of an allowance."""
    zone = house.rules.timezone
    later = None if one.rollover_periods is None else period.shift(one.rollover_periods).ends_at(zone)
    present = of_day(kind_of(one), today).first.isoformat()
    recent = payouts.paid_to(conn, person.id, 3)
    left_out = any(line == (one.id, present, "left out") for line in recent)
    return Next(
        one.amount_micros, period.begins_at(zone), period, period.ends_at(zone), one.rollover_micros, later,
        whose(conn, one), pool_name(conn, one), left_out,
    )  # fmt: skip


async def mine(house: House, person_id: str) -> Mine:
    """One's own allowance, and those that one may see."""
    at = house.now()

    def work(conn: Connection) -> Mine:
        actor = known(conn, person_id)
        person = actor.person
        found = seen_by(conn, actor, allowances.active(conn, person.workspace_id), at)
        others = [one for one in found if one.scope_id != person.id]
        shown = [listed(conn, house, one, at) for one in others[:MOST_LISTED]]
        ends = lots_seen.ending(conn, people.wallet_id(person.id), at)
        return Mine(person, next_for(conn, house, person, at), ends, shown, len(others) - len(shown))

    return await house.database.read(work)


def seen_by(conn: Connection, actor: Standing, found: Sequence[Allowance], at: datetime) -> list[Allowance]:
    """Those that somebody may see: by what the scope of each is to them."""
    others = any(one.scope == "person" for one in found) and not actor.may(Action.SEE_ALLOWANCE, Relation.OTHER)
    memberships = payouts.memberships(conn, actor.person.workspace_id, at) if others else {}
    return [one for one in found if actor.may(Action.SEE_ALLOWANCE, relation(actor, one, memberships))]


def relation(actor: Standing, one: Allowance, memberships: Mapping[str, Sequence[str]]) -> Relation:
    """What the scope of an allowance is to somebody."""
    if one.scope == "everyone":
        return Relation.COMPANY
    if one.scope == "team":
        return to_team(actor, one.scope_id)
    roles = dict.fromkeys(memberships.get(one.scope_id, ()), "member")
    return to_person(actor, Standing(replace(actor.person, id=one.scope_id), roles, actor.parents))


def listed(conn: Connection, house: House, one: Allowance, at: datetime) -> Listed:
    """An allowance with when its next period begins."""
    today = day_of(at, house.rules.timezone)
    upcoming = None if runs_out(one, today) else from_day(kind_of(one), next_day(one, today))
    return Listed(one, whose(conn, one), pool_name(conn, one), upcoming)


async def of_one(house: House, person_id: str, scope: Scope) -> OfOne | No:
    """Somebody's, a team's or everybody's allowance, if one may see it."""
    at = house.now()
    return await house.database.read(lambda conn: look(conn, house, known(conn, person_id), scope, at))


def look(conn: Connection, house: House, actor: Standing, scope: Scope, at: datetime) -> OfOne | No:
    """`of_one` within a transaction."""
    workspace_id = actor.person.workspace_id
    if isinstance(scope, Everyone):
        found = allowances.of_scope(conn, workspace_id, "everyone", workspace_id)
        return OfOne("everybody", [listed(conn, house, one, at) for one in found])
    there = place(conn, actor, scope)
    if isinstance(there, No):
        return there
    if not actor.may(Action.SEE_ALLOWANCE, there.relation):
        return No(f"What {there.name} gets is not for you to see.")
    if there.person is not None:
        found = allowances.of_scope(conn, workspace_id, "person", there.person.id)
        upcoming = next_for(conn, house, there.person, at)
        return OfOne(there.name, [listed(conn, house, one, at) for one in found], upcoming)
    assert there.team is not None, "a person, a team or everybody was named"
    found = allowances.of_scope(conn, workspace_id, "team", there.team.id)
    return OfOne(there.team.name, [listed(conn, house, one, at) for one in found])
