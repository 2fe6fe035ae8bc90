"""Teams below teams: no circles, no towers. Whoever manages a team manages those below it as well (`rights`)."""

from collections.abc import Mapping, Sequence

from budget.house import House
from budget.org.cost_centres import history_kept, tree
from budget.outcome import No
from store import audit, roster, teams
from store.database import Connection
from store.teams import Team

MOST_LEVELS = 10


def put_under(
    conn: Connection, house: House, team: Team, above: Team | None, *, actor_id: str | None, origin: str
) -> bool | No:
    """Put a team below another (None: below none); False when it was so before. The caller has checked the right."""
    roster.lock(conn, team.workspace_id)  # two changes at once could make a circle that neither sees
    parents = tree(conn, team.workspace_id)
    problem = above and impossible(parents, team, above)
    if problem:
        return problem
    old, new = parents[team.id], above.id if above else None
    if old == new:
        return False
    with history_kept(conn, house, team.workspace_id, [teams.pool_id(team.id)]):
        teams.set_parent(conn, team.id, new)
    audit.record(
        conn, workspace_id=team.workspace_id, at=house.now(), actor_id=actor_id, origin=origin, action="nest team",
        target=f"team:{team.id}", old=old, new=new,
    )  # fmt: skip
    return True


def impossible(parents: Mapping[str, str | None], team: Team, above: Team) -> No | None:
    """Why a team cannot be below that one."""
    if team.id == above.id:
        return No("A team cannot be below itself.")
    if team.id in line(parents, above.id):
        return No(
            f"{above.name} is below {team.name} already, so {team.name} cannot be below it.",
            f"team under {typed_name(above.name)} none",
        )
    levels = len(line(parents, above.id)) + depth(parents, team.id)
    return (
        No(f"That would make {levels} levels of teams; there are {MOST_LEVELS} at most.")
        if levels > MOST_LEVELS
        else None
    )


def line(parents: Mapping[str, str | None], team_id: str) -> list[str]:
    """A team and all above it, from below."""
    found: list[str] = []
    above: str | None = team_id
    while above is not None and above not in found:
        found.append(above)
        above = parents.get(above)
    return found


def depth(parents: Mapping[str, str | None], team_id: str) -> int:
    """Levels from a team down to the lowest below it, itself counted."""
    below = [line(parents, each) for each in parents]
    return max((each.index(team_id) + 1 for each in below if team_id in each), default=1)


def children(all_teams: Sequence[Team], team_id: str) -> list[Team]:
    """The teams right below one, in the order given."""
    return [team for team in all_teams if team.parent_id == team_id]


def typed_name(name: str) -> str:
    """A team's name as it is typed in a command."""
    return f'"{name}"' if " " in name else name
