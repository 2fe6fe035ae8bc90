"""Teams that follow a user group of the chat platform: who is in the group is in the team.

The group takes out only whom it put in, and no manager. People of it whom we have not met are expected: they are in the
team from the moment that they appear.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from budget.balance import known
from budget.house import House
from budget.org.cost_centres import history_kept, person_owner
from budget.org.guests import may_have
from budget.org.rights import Action, Relation
from budget.org.teams_seen import allowed
from budget.org.typed import BindGroup
from budget.outcome import No
from budget.typed import TeamRef
from store import audit, groups, moving
from store.database import Connection
from store.groups import Member
from store.people import Person
from store.teams import Team

ONLY_ADMINS = "Only an admin decides which user group a team follows."


@dataclass(frozen=True, slots=True)
class Bound:
    """Which group a team follows now; `before`: the one it did."""

    team: Team
    group_id: str | None
    before: str | None


@dataclass(frozen=True, slots=True)
class Synced:
    """What a look at a group changed.

    `otherwise`: who is in the group and was in the team by hand or by the roster. `unknown`: ids of whom we have not
    met. `turned_away`: who is in the group and gets no tokens (left, or a guest). `nobody`: how many more of it can
    have none (apps, guests, deactivated accounts). `empty`: the platform names nobody, as it does of a disabled group:
    then nobody is taken out.
    """

    team: Team
    joined: Sequence[Person] = ()
    left: Sequence[Person] = ()
    otherwise: Sequence[Person] = ()
    turned_away: Sequence[Person] = ()
    unknown: Sequence[str] = ()
    nobody: int = 0
    empty: bool = False


async def bind(house: House, actor_id: str, command: BindGroup, *, origin: str) -> Bound | No:
    """Let a team follow a group, or none."""
    group_id = command.group.id if command.group else None

    def work(conn: Connection) -> Bound | No:
        actor = known(conn, actor_id)
        team = allowed(conn, actor, Action.SYNC_TEAM, command.team)
        if isinstance(team, No):
            return No(ONLY_ADMINS) if not actor.may(Action.SYNC_TEAM, Relation.OTHER_TEAM) else team
        groups.follow(conn, team.id, group_id)
        if team.usergroup_id != group_id:
            audit.record(
                conn, workspace_id=team.workspace_id, at=house.now(), actor_id=actor_id, origin=origin,
                action="team group", target=f"team:{team.id}", old=team.usergroup_id, new=group_id,
            )  # fmt: skip
        return Bound(team, group_id, team.usergroup_id)

    return await house.database.write(work)


async def to_sync(house: House, actor_id: str, ref: TeamRef | None) -> list[Team] | No:
    """The teams that somebody wants to be brought in line: one, or all that follow a group."""

    def work(conn: Connection) -> list[Team] | No:
        actor = known(conn, actor_id)
        if not actor.may(Action.SYNC_TEAM, Relation.OTHER_TEAM):
            return No(ONLY_ADMINS)
        if ref is None:
            found = groups.following(conn, actor.person.workspace_id)
            return found or No("No team follows a user group yet.", "team group platform @platform-team")
        team = allowed(conn, actor, Action.SYNC_TEAM, ref)
        if isinstance(team, No):
            return team
        return [team] if team.usergroup_id else No(f"{team.name} follows no user group.", "team group platform @group")

    return await house.database.read(work)


async def sync(
    house: House, team: Team, slack_ids: Collection[str], *, actor_id: str | None, origin: str
) -> Synced | None:
    """Bring a team in line with who is in its group; None: it follows another group by now."""
    return await house.database.write(lambda conn: bring_in_line(conn, house, team, slack_ids, actor_id, origin))


def bring_in_line(
    conn: Connection, house: House, team: Team, slack_ids: Collection[str], actor_id: str | None, origin: str
) -> Synced | None:
    """`sync` within a transaction."""
    now = groups.locked(conn, team.id)
    if now is None or now.usergroup_id != team.usergroup_id:
        return None
    if not slack_ids:
        return Synced(now, empty=True)
    met = groups.known(conn, team.workspace_id, slack_ids)
    inside = {member.person.id: member for member in groups.members(conn, team.id)}
    here = {person.id for person in met.values() if person.left_at is None and may_have(conn, house, person)}
    staying = moving.staying(conn, here - inside.keys())
    here &= staying | inside.keys()
    wanted = [person for person in met.values() if person.id in staying]
    gone = [member.person for member in inside.values() if goes(member, slack_ids)]
    joined = move(conn, house, team, wanted, gone)
    unknown = sorted(set(slack_ids) - met.keys())
    groups.expect(conn, team.id, unknown)
    note(conn, house, team, joined, gone, actor_id, origin)
    otherwise = [each.person for each in inside.values() if each.source != groups.GROUP]
    return Synced(
        now,
        joined,
        gone,
        otherwise=[person for person in otherwise if person.slack_id in slack_ids],
        turned_away=[person for person in met.values() if person.id not in here],
        unknown=unknown,
    )


def goes(member: Member, slack_ids: Collection[str]) -> bool:
    """Whether a group takes somebody out: whom it put in, who is in it no more, and who manages nothing."""
    by_group = member.source == groups.GROUP and member.role == "member"
    return by_group and member.person.slack_id not in slack_ids


def move(conn: Connection, house: House, team: Team, wanted: Sequence[Person], gone: Sequence[Person]) -> list[Person]:
    """Put people in, take others out; who came in."""
    owners = [person_owner(person.id) for person in (*wanted, *gone)]
    with history_kept(conn, house, team.workspace_id, owners):
        joined = set(groups.join(conn, team.id, [person.id for person in wanted], house.now()))
        groups.leave(conn, team.id, [person.id for person in gone])
    return [person for person in wanted if person.id in joined]


def join_expected(conn: Connection, house: House, person: Person) -> None:
    """Somebody appears for the first time: they are in the teams whose groups they are in.

    They have spent nothing before, so there are no days gone by to keep.
    """
    for team_id in groups.take_expected(conn, person.workspace_id, person.slack_id):
        joined = groups.join(conn, team_id, [person.id], house.now())
        groups.note_all(conn, [row(house, person, team_id, None, "slack:group", joined=True) for _ in joined])


def note(
    conn: Connection, house: House, team: Team, joined: Sequence[Person], left: Sequence[Person], actor_id: str | None,
    origin: str,
) -> None:  # fmt: skip
    """An audit row for each who joined or left."""
    rows = [row(house, person, team.id, actor_id, origin, joined=True) for person in joined]
    groups.note_all(conn, rows + [row(house, person, team.id, actor_id, origin, joined=False) for person in left])


def row(
    house: House, person: Person, team_id: str, actor_id: str | None, origin: str, *, joined: bool
) -> dict[str, object]:
    """One audit row."""
    return {
        "workspace_id": person.workspace_id, "at": house.now(), "actor_id": actor_id, "origin": origin,
        "action": "add member" if joined else "remove member", "target": f"team:{team_id}",
        "old": None if joined else f"{person.id} (member)", "new": person.id if joined else None,
    }  # fmt: skip
