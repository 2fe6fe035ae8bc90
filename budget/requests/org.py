"""The part of the organisation that is above somebody, as `approvers` reads it, from the books."""

from collections import defaultdict
from dataclasses import dataclass

from budget.requests.approvers import Org, TeamAt, line
from store import people, requests, teams
from store.accounts import balance
from store.database import Connection
from store.people import Person
from store.teams import Team


@dataclass(frozen=True, slots=True)
class Above:
    """The picture, and the people and teams in it by their ids."""

    org: Org
    people: dict[str, Person]
    teams: dict[str, Team]


def above(conn: Connection, asker: Person) -> Above:
    """Everyone who might decide on somebody's request."""
    all_teams = {team.id: team for team in teams.all_teams(conn, asker.workspace_id)}
    own = [team.id for team, _ in teams.memberships(conn, asker.id)]
    steps = line({team.id: team.parent_id for team in all_teams.values()}, own)
    managed: defaultdict[str, set[str]] = defaultdict(set)
    known: dict[str, Person] = {}
    for team_id, person in requests.managers(conn, steps):
        managed[team_id].add(person.id)
        known[person.id] = person
    admins = {person.id: person for person in requests.admins(conn, asker.workspace_id)}
    known |= admins
    org = Org(
        asker=asker.id,
        manager=asker.manager_id,
        teams=tuple(
            TeamAt(team_id, step, frozenset(managed[team_id]), available(conn, teams.pool_id(team_id)))
            for team_id, step in steps.items()
        ),
        admins=frozenset(admins),
        there=frozenset(person.id for person in known.values() if is_there(person)),
        company_micros=available(conn, people.company_id(asker.workspace_id)),
    )
    return Above(org, known, all_teams)


def is_there(person: Person) -> bool:
    """Neither gone nor frozen."""
    return person.left_at is None and person.frozen_at is None


def available(conn: Connection, account_id: str) -> int:
    """What a pool has to give."""
    found = balance(conn, account_id)
    return 0 if found is None else found.available_micros


def account_of(asker: Person, team_id: str | None) -> str:
    """The account of a team's pool; None: of the company's."""
    return people.company_id(asker.workspace_id) if team_id is None else teams.pool_id(team_id)


def pool_name(found: Above, team_id: str | None) -> str:
    """What to call it."""
    return "the company pool" if team_id is None else f"the {found.teams[team_id].name} pool"
