"""Changing teams: making them, who is in them, what their pool does."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from budget.balance import known
from budget.house import House
from budget.org.cost_centres import history_kept, person_owner, set_code
from budget.org.nesting import put_under, typed_name
from budget.org.places import place
from budget.org.rights import Action, Relation, Standing
from budget.org.teams_seen import allowed
from budget.outcome import No
from budget.typed import (
    AddMembers,
    BindChannel,
    CreateTeam,
    NestTeam,
    PersonRef,
    RemoveMembers,
    SetManager,
    SetPool,
    SetTeamCost,
    TeamChange,
)
from store import audit, moving, teams
from store.database import Connection
from store.people import Person
from store.teams import Team


@dataclass(frozen=True, slots=True)
class Changed:
    """What was changed about a team. `people`: whom it was about; `same`: for whom it was so before.

    `above`: the team that it is below now; `from_on`: the day from which its cost centre counts. `nothing`: all of it
    was so before.
    """

    change: TeamChange
    team: Team
    people: Sequence[Person] = ()
    same: Sequence[Person] = ()
    above: Team | None = None
    from_on: date | None = None
    nothing: bool = False


@dataclass(frozen=True, slots=True)
class Doing:
    """What every change needs to know."""

    house: House
    actor: Standing
    key: str
    origin: str


async def change_team(house: House, person_id: str, command: TeamChange, *, key: str, origin: str) -> Changed | No:
    """Change a team. The same key again changes nothing more."""

    def work(conn: Connection) -> Changed | No:
        return change(conn, Doing(house, known(conn, person_id), key, origin), command)

    return await house.database.write(work)


def change(conn: Connection, doing: Doing, command: TeamChange) -> Changed | No:
    """`change_team` within a transaction."""
    if isinstance(command, CreateTeam):
        return create(conn, doing, command)
    team = allowed(conn, doing.actor, ACTIONS[type(command)], command.team)
    if isinstance(team, No):
        return team
    match command:
        case AddMembers():
            return add(conn, doing, command, team)
        case RemoveMembers():
            return remove(conn, doing, command, team)
        case SetManager():
            return set_manager(conn, doing, command, team)
        case BindChannel():
            return bind(conn, doing, command, team)
        case SetPool():
            return set_pool(conn, doing, command, team)
        case NestTeam():
            return nest(conn, doing, command, team)
        case SetTeamCost():
            return set_cost(conn, doing, command, team)


ACTIONS: dict[type[TeamChange], Action] = {
    AddMembers: Action.ADD_MEMBER,
    RemoveMembers: Action.REMOVE_MEMBER,
    SetManager: Action.SET_MANAGER,
    BindChannel: Action.BIND_CHANNEL,
    SetPool: Action.SET_POOL,
    NestTeam: Action.NEST_TEAM,
    SetTeamCost: Action.SET_COST_CENTRE,
}


def create(conn: Connection, doing: Doing, command: CreateTeam) -> Changed | No:
    """A new team; its id follows from the key, so that a repeated command finds its own team."""
    if not doing.actor.may(Action.CREATE_TEAM, Relation.COMPANY):
        return No("Only an admin can create a team.")
    workspace_id = doing.actor.person.workspace_id
    team_id = hashlib.blake2b(f"{workspace_id} {doing.key}".encode(), digest_size=12).hexdigest()
    is_new = teams.by_id(conn, team_id) is None
    team = teams.create(conn, team_id=team_id, workspace_id=workspace_id, name=command.name, at=doing.house.now())
    if team is None:
        return No(f"There is a team called “{command.name}” already.", f"team {typed_name(command.name)}")
    if is_new:
        note(conn, doing, "create team", team, None, team.name)
    return Changed(command, team)


def persons(conn: Connection, doing: Doing, refs: Sequence[PersonRef]) -> list[Person] | No:
    """The people who were mentioned; all of them are known, or none is acted on."""
    found: list[Person] = []
    for ref in refs:
        one = place(conn, doing.actor, ref)
        if isinstance(one, No):
            return one
        assert one.person is not None, "a person was named"
        found.append(one.person)
    return found


def all_here(conn: Connection, found: list[Person] | No) -> list[Person] | No:
    """These people, if none of them has left, or will before the transaction ends."""
    if isinstance(found, No):
        return found
    now = {person.id: moving.stays(conn, person.id) for person in sorted(found, key=lambda each: each.id)}
    gone = next((person for person in found if (stays := now[person.id]) is None or stays.left_at is not None), None)
    return found if gone is None else No(f"{gone.name} has left, so no team can take them in.")


def add(conn: Connection, doing: Doing, command: AddMembers, team: Team) -> Changed | No:
    """Put people into the team as members; a manager stays one."""
    people = all_here(conn, persons(conn, doing, command.people))
    if isinstance(people, No):
        return people
    inside = {person.id for person, _ in teams.members(conn, team.id)}
    with history_kept(conn, doing.house, team.workspace_id, [person_owner(person.id) for person in people]):
        for person in people:
            if person.id not in inside:
                teams.join(conn, team.id, person.id, "member", doing.house.now())
                note(conn, doing, "add member", team, None, person.id)
    return Changed(command, team, people, [person for person in people if person.id in inside])


def remove(conn: Connection, doing: Doing, command: RemoveMembers, team: Team) -> Changed | No:
    """Take people out of the team; what is in their wallets stays there."""
    people = persons(conn, doing, command.people)
    if isinstance(people, No):
        return people
    roles = {person.id: role for person, role in teams.members(conn, team.id)}
    with history_kept(conn, doing.house, team.workspace_id, [person_owner(person.id) for person in people]):
        for person in people:
            if teams.leave(conn, team.id, person.id):
                note(conn, doing, "remove member", team, f"{person.id} ({roles[person.id]})", None)
    return Changed(command, team, people, [person for person in people if person.id not in roles])


def set_manager(conn: Connection, doing: Doing, command: SetManager, team: Team) -> Changed | No:
    """Make someone a manager, whether or not they were in the team."""
    people = all_here(conn, persons(conn, doing, [command.person]))
    if isinstance(people, No):
        return people
    (person,) = people
    with history_kept(conn, doing.house, team.workspace_id, [person_owner(person.id)]):
        old = teams.join(conn, team.id, person.id, "manager", doing.house.now())
    if old == "manager":
        return Changed(command, team, people, people)
    note(conn, doing, "set manager", team, f"{person.id} ({old})" if old else None, f"{person.id} (manager)")
    return Changed(command, team, people)


def bind(conn: Connection, doing: Doing, command: BindChannel, team: Team) -> Changed:
    """Whose channel it is: that team's managers decide what is set there."""
    workspace_id, channel_id = team.workspace_id, command.channel.id
    old = teams.channel_of(conn, team.id)
    before = teams.channel(conn, workspace_id, channel_id)
    teams.bind_channel(conn, workspace_id, channel_id, team.id)
    if old != channel_id:
        taken_from = f" (was {before.team_id}'s)" if before and before.team_id else ""
        note(conn, doing, "bind channel", team, old, f"{channel_id}{taken_from}")
    return Changed(command, team)


def set_pool(conn: Connection, doing: Doing, command: SetPool, team: Team) -> Changed:
    """Whether the pool pays when a member's wallet is empty."""
    teams.set_pool_for_members(conn, team.id, command.on)
    if team.pool_for_members != command.on:
        words = {True: "on", False: "off"}
        note(conn, doing, "set pool", team, words[team.pool_for_members], words[command.on])
    return Changed(command, team)


def nest(conn: Connection, doing: Doing, command: NestTeam, team: Team) -> Changed | No:
    """Put the team below another, or below none."""
    above = allowed(conn, doing.actor, Action.NEST_TEAM, command.above) if command.above else None
    if isinstance(above, No):
        return above
    done = put_under(conn, doing.house, team, above, actor_id=doing.actor.person.id, origin=doing.origin)
    return done if isinstance(done, No) else Changed(command, team, above=above, nothing=not done)


def set_cost(conn: Connection, doing: Doing, command: SetTeamCost, team: Team) -> Changed | No:
    """The cost centre of the team, and of everything in it and below that has none of its own."""
    done = set_code(
        conn, doing.house, team.workspace_id, teams.pool_id(team.id), command.code, command.from_on,
        actor_id=doing.actor.person.id, origin=doing.origin,
    )  # fmt: skip
    if isinstance(done, No):
        return No(done.sentence, f"team cost {typed_name(team.name)} {command.code or 'none'}")
    return Changed(command, team, from_on=done.from_on, nothing=done.same)


def note(conn: Connection, doing: Doing, action: str, team: Team, old: str | None, new: str | None) -> None:
    """The audit row of a change."""
    audit.record(
        conn,
        workspace_id=team.workspace_id,
        at=doing.house.now(),
        actor_id=doing.actor.person.id,
        origin=doing.origin,
        action=action,
        target=f"team:{team.id}",
        old=old,
        new=new,
    )
