"""The Home tab: everything about tokens that somebody looks after, at one glance and from one moment."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from budget.allowances.periods import day_of
from budget.allowances.seen import Next, next_for
from budget.balance import Overview, Seen, read_overview
from budget.house import House
from budget.org.rights import Action, Relation, Standing, standing
from budget.packages.seen import Seen as PackageSeen
from budget.packages.seen import see
from budget.policy.current import current
from budget.requests.seen import Waiting, mine, waiting_for
from budget.transfers.seen import Loans, loans_of
from store import homes, packages, people
from store.database import Connection
from store.homes import Member, Total

TO_DECIDE = 5
MEMBERS = 12  # of a team; more are counted
NOTED_EVERY = timedelta(minutes=5)  # a look at the tab


@dataclass(frozen=True, slots=True)
class TeamSeen:
    """A team that somebody manages: its pool, some of its people with their balances, how many there are in all."""

    pool: Seen
    members: Sequence[Member]
    people: int


@dataclass(frozen=True, slots=True)
class CompanySeen:
    """The company in figures, for those who look after it: its pool, and what all wallets and pools have."""

    pool: Seen
    totals: dict[str, Total]


@dataclass(frozen=True, slots=True)
class Home:
    """What somebody sees on their Home tab.

    `mine`: their own requests that wait; `to_decide`: those of others that they may decide on.
    """

    overview: Overview
    teams: Sequence[TeamSeen] = ()
    company: CompanySeen | None = None
    next: Next | None = None
    packages: Sequence[PackageSeen] = ()
    loans: Loans = field(default_factory=lambda: Loans((), ()))
    mine: Sequence[Waiting] = ()
    to_decide: Sequence[Waiting] = ()


async def home(house: House, person_id: str) -> Home:
    """Everything, read in one transaction; that they looked is noted every few minutes."""
    at = house.now()
    seen = await house.database.read(lambda conn: read(conn, house, person_id))
    if seen.overview.person.home_at is None or at - seen.overview.person.home_at > NOTED_EVERY:
        await house.database.write(lambda conn: homes.looked(conn, person_id, at, at - NOTED_EVERY))
    return seen


def read(conn: Connection, house: House, person_id: str) -> Home:
    """`home` within a transaction."""
    at = house.now()
    seen = read_overview(conn, house, person_id, at)
    person, actor, wallet = seen.person, standing(conn, seen.person), people.wallet_id(person_id)
    admins_only = current(conn, house, person.workspace_id).requests.approver == "admins"
    today = day_of(at, house.rules.timezone)
    return Home(
        overview=seen,
        teams=[team_seen(conn, actor, pool) for pool in seen.managed],
        company=CompanySeen(seen.company, homes.totals(conn, person.workspace_id)) if seen.company else None,
        next=next_for(conn, house, person, at),
        packages=[see(package, today) for package in packages.of_person(conn, person_id, active=True)],
        loans=loans_of(conn, wallet),
        mine=mine(conn, person_id),
        to_decide=waiting_for(conn, actor, admins_only=admins_only, limit=TO_DECIDE),
    )


def team_seen(conn: Connection, actor: Standing, pool: Seen) -> TeamSeen:
    """A team's people with what they have, as far as the one who looks may see it."""
    assert pool.place.team is not None, "a team's pool"
    shown, count = homes.members(conn, pool.place.team.id, MEMBERS)
    may = actor.may(Action.BALANCE, Relation.REPORT)
    return TeamSeen(pool, [each for each in shown if may and each.person_id != actor.person.id], count)
