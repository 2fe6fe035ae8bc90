"""The Home tab: everything about tokens that somebody looks after, at one glance and from one moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from budget.balance import Overview, Seen, read_overview
from budget.house import House
from budget.org.rights import Action, Relation, Standing, standing
from store import homes
from store.database import Connection
from store.homes import Member, Total

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
    """What somebody sees on their Home tab."""

    overview: Overview
    teams: Sequence[TeamSeen]
    company: CompanySeen | None


async def home(house: House, person_id: str) -> Home:
    """Everything, read in one transaction; that they looked is noted every few minutes."""
    at = house.now()
    seen = await house.database.read(lambda conn: read(conn, house, person_id))
    if seen.overview.person.home_at is None or at - seen.overview.person.home_at > NOTED_EVERY:
        await house.database.write(lambda conn: homes.looked(conn, person_id, at, at - NOTED_EVERY))
    return seen


def read(conn: Connection, house: House, person_id: str) -> Home:
    """`home` within a transaction."""
    seen = read_overview(conn, house, person_id, house.now())
    actor = standing(conn, seen.person)
    return Home(
        overview=seen,
        teams=[team_seen(conn, actor, pool) for pool in seen.managed],
        company=CompanySeen(seen.company, homes.totals(conn, seen.person.workspace_id)) if seen.company else None,
    )


def team_seen(conn: Connection, actor: Standing, pool: Seen) -> TeamSeen:
    """A team's people with what they have, as far as the one who looks may see it."""
    assert pool.place.team is not None, "a team's pool"
    shown, count = homes.members(conn, pool.place.team.id, MEMBERS)
    may = actor.may(Action.BALANCE, Relation.REPORT)
    return TeamSeen(pool, [each for each in shown if may and each.person_id != actor.person.id], count)
