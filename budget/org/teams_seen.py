"""Looking at teams: the ones there are, and one of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from budget.balance import known, on
from budget.house import House
from budget.org.cost_centres import code_of_team, today_in
from budget.org.nesting import children
from budget.org.places import unknown_team
from budget.org.rights import Action, Relation, Standing, to_team
from budget.outcome import No
from budget.typed import TeamRef
from store import teams
from store.database import Connection
from store.ledger.steps import Balance
from store.people import Person
from store.teams import Team


@dataclass(frozen=True, slots=True)
class Listed:
    """A team in a list, with the reader's role there, if any."""

    team: Team
    role: str | None
    balance: Balance
    people: int


@dataclass(frozen=True, slots=True)
class Listing:
    """The teams that someone may see; `all` for who sees every team there is."""

    teams: Sequence[Listed]
    all: bool


@dataclass(frozen=True, slots=True)
class TeamSeen:
    """A team as its people see it. `below`: the teams right below it that the reader may see. `code`: what counts now.

    `code_from`: the name of the team that the cost centre comes from, where that is one above.
    """

    team: Team
    members: Sequence[tuple[Person, str]]
    balance: Balance
    channel_id: str | None
    above: Team | None = None
    below: Sequence[Team] = ()
    code: str | None = None
    code_from: str | None = None


async def list_teams(house: House, person_id: str) -> Listing:
    """The teams someone may see, by name."""

    def work(conn: Connection) -> Listing:
        actor = known(conn, person_id)
        workspace_id = actor.person.workspace_id
        seen = [
            Listed(team, actor.roles.get(team.id), on(conn, teams.pool_id(team.id)), len(teams.members(conn, team.id)))
            for team in teams.all_teams(conn, workspace_id)
            if actor.may(Action.SEE_TEAM, to_team(actor, team.id))
        ]
        return Listing(seen, actor.may(Action.SEE_TEAM, Relation.OTHER_TEAM))

    return await house.database.read(work)


async def see_team(house: House, person_id: str, ref: TeamRef) -> TeamSeen | No:
    """One team, if someone may see it."""

    def work(conn: Connection) -> TeamSeen | No:
        actor = known(conn, person_id)
        team = allowed(conn, actor, Action.SEE_TEAM, ref)
        if isinstance(team, No):
            return team
        return whole(conn, house, actor, team)

    return await house.database.read(work)


def whole(conn: Connection, house: House, actor: Standing, team: Team) -> TeamSeen:
    """A team with everything around it."""
    pool, every = on(conn, teams.pool_id(team.id)), teams.all_teams(conn, team.workspace_id)
    above = next((each for each in every if each.id == team.parent_id), None)
    below = [each for each in children(every, team.id) if actor.may(Action.SEE_TEAM, to_team(actor, each.id))]
    code, source = code_of_team(conn, team.id, today_in(house))
    code_from = next((each.name for each in every if each.id == source and source != team.id), None)
    members, channel_id = teams.members(conn, team.id), teams.channel_of(conn, team.id)
    return TeamSeen(team, members, pool, channel_id, above, below, code, code_from)


def allowed(conn: Connection, actor: Standing, action: Action, ref: TeamRef) -> Team | No:
    """The team, if the action is allowed there."""
    team = teams.by_name(conn, actor.person.workspace_id, ref.name)
    may_all = actor.may(action, Relation.OTHER_TEAM)
    if team is None and may_all:
        return No(unknown_team(ref.name))
    if team is None or not actor.may(action, to_team(actor, team.id)):
        return No(REFUSALS.get(action, "Only an admin can change a team."))
    return team


REFUSALS = {
    Action.SEE_TEAM: "There is no team of yours by that name. `/tokens team` lists your teams.",
    Action.SET_POOL: "Only an admin or the team's manager decides whether its pool pays for members.",
}
