"""Changing projects: making them, their channels, owner and cost centre; rights and audit in one transaction."""

import hashlib
from dataclasses import dataclass, replace

from budget.house import House
from budget.org import cost_centres
from budget.org.places import place
from budget.org.rights import Action, Relation, standing, to_project
from budget.outcome import No
from budget.projects.closing import ClosedProject, close
from budget.projects.doing import Doing, allowed, note, owner_of, tell, unknown
from budget.projects.funding import Funded, fund, pay_in
from budget.projects.typed import (
    BindProject,
    CloseProject,
    CreateProject,
    FundProject,
    ProjectChange,
    SetProjectCost,
    SetProjectOwner,
    UnbindProject,
)
from budget.typed import PersonRef
from store import people, projects
from store.database import Connection
from store.people import Person
from store.projects import Project


@dataclass(frozen=True, slots=True)
class Created:
    """A new project, and what it was given at once."""

    project: Project
    owner: Person
    funded: Funded | None


@dataclass(frozen=True, slots=True)
class Bound:
    """Asks in the channel are paid by the project. `before`: the project that paid there; `same`: this one did."""

    project: Project
    channel_id: str
    before: Project | None
    same: bool


@dataclass(frozen=True, slots=True)
class Unbound:
    """The channels where it pays no more."""

    project: Project
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Owned:
    """Who looks after it now."""

    project: Project
    owner: Person
    same: bool


@dataclass(frozen=True, slots=True)
class Costed:
    """The cost centre from today on; None: none."""

    project: Project
    code: str | None


Done = Created | Funded | Bound | Unbound | Owned | Costed | ClosedProject


async def change_project(
    house: House, person_id: str, command: ProjectChange, *, key: str, origin: str, here: str | None = None
) -> Done | No:
    """Change a project; `here`: the channel where it is typed. The same key again changes nothing more."""

    def work(conn: Connection) -> Done | No:
        person = people.person(conn, person_id)
        assert person is not None, "whoever acts was met before"
        return _change(conn, Doing(house, standing(conn, person, lock=True), key, origin), command, here or "")

    try:
        return await house.database.write(work)
    except _NotDone as undone:
        return undone.no


class _NotDone(Exception):
    """A change of several parts, one of which was refused: none of it stands."""

    def __init__(self, no: No) -> None:
        super().__init__(no.sentence)
        self.no = no


def _change(conn: Connection, doing: Doing, command: ProjectChange, here: str) -> Done | No:
    match command:
        case CreateProject():
            return create(conn, doing, command)
        case FundProject():
            return fund(conn, doing, command)
        case BindProject():
            return bind(conn, doing, command, getattr(command.channel, "id", here))
        case UnbindProject():
            return unbind(conn, doing, command, getattr(command.channel, "id", here) if command.channel else None)
        case SetProjectOwner():
            return set_owner(conn, doing, command)
        case SetProjectCost():
            return set_cost(conn, doing, command)
        case CloseProject():
            return close(conn, doing, command)


def create(conn: Connection, doing: Doing, command: CreateProject) -> Created | No:
    """A new project; its id follows from the key, so that a repeated command finds its own."""
    actor, workspace_id = doing.actor, doing.actor.person.workspace_id
    if not actor.may(Action.CREATE_PROJECT, Relation.COMPANY):
        return No("Only managers of a team and admins can create a project.")
    owner = _person(conn, doing, command.owner) if command.owner else actor.person
    if isinstance(owner, No):
        return owner
    project_id = hashlib.blake2b(f"{workspace_id} {doing.key}".encode(), digest_size=12).hexdigest()
    is_new, at = projects.by_id(conn, project_id) is None, doing.house.now()
    made = projects.create(
        conn, project_id=project_id, workspace_id=workspace_id, name=command.name, owner_id=owner.id, at=at
    )
    if made is None:
        return _taken(conn, workspace_id, command.name)
    if is_new:
        note(conn, doing, "create project", made, None, f"{made.name}, of {owner.id}")
        tell(conn, doing, made, [owner], {"event": "created", "amount": command.amount_micros})
    return _funded(conn, doing, Created(made, owner, None), command.amount_micros)


def _funded(conn: Connection, doing: Doing, made: Created, amount_micros: int | None) -> Created | No:
    """With the amount that was named: both are done, or neither."""
    if amount_micros is None:
        return made
    funded = pay_in(conn, doing, made.project, amount_micros, None, None, tells_owner=False)
    if isinstance(funded, No):
        raise _NotDone(funded)
    return replace(made, funded=funded)


def _taken(conn: Connection, workspace_id: str, name: str) -> No:
    taken = projects.by_name(conn, workspace_id, name)
    was = "was" if taken and taken.closed_at else "is"
    return No(
        f"There {was} a project called “{name}” already{', now closed' if was == 'was' else ''}: name it otherwise."
    )


def _person(conn: Connection, doing: Doing, ref: PersonRef) -> Person | No:
    found = place(conn, doing.actor, ref)
    if isinstance(found, No):
        return found
    assert found.person is not None, "a person was named"
    if found.person.left_at is not None:
        return No(f"{found.person.name} has left, and cannot look after a project.")
    return found.person


def bind(conn: Connection, doing: Doing, command: BindProject, channel_id: str) -> Bound | No:
    """From another open project only by someone who may change that as well."""
    found = allowed(conn, doing, Action.SET_PROJECT, command.project)
    if isinstance(found, No):
        return found
    before = projects.of_channel(conn, found.workspace_id, channel_id)
    if before and before.id != found.id and not doing.actor.may(
        Action.SET_PROJECT, to_project(doing.actor, before.owner_id)
    ):  # fmt: skip
        who = owner_of(conn, before)
        return No(f"Asks there are paid by {before.name}, which {who.name} looks after: ask them to unbind it first.")
    same = before is not None and before.id == found.id
    if not same:
        projects.bind(conn, found.workspace_id, channel_id, found.id)
        note(conn, doing, "bind project", found, before.name if before else None, channel_id)
        if before:
            told = {"event": "bound", "channel": channel_id, "other": found.name}
            tell(conn, doing, before, [owner_of(conn, before)], told)
    return Bound(found, channel_id, None if same else before, same)


def unbind(conn: Connection, doing: Doing, command: UnbindProject, channel_id: str | None) -> Unbound | No:
    """Asks there are paid by their askers again."""
    found = allowed(conn, doing, Action.SET_PROJECT, command.project)
    if isinstance(found, No):
        return found
    freed = projects.unbind(conn, found.id, channel_id)
    for each in freed:
        note(conn, doing, "bind project", found, each, None)
    return Unbound(found, tuple(freed))


def set_owner(conn: Connection, doing: Doing, command: SetProjectOwner) -> Owned | No:
    """Both learn of it, the old owner and the new one."""
    found = allowed(conn, doing, Action.SET_PROJECT, command.project)
    if isinstance(found, No):
        return found
    owner, before = _person(conn, doing, command.owner), owner_of(conn, found)
    if isinstance(owner, No):
        return owner
    if owner.id != before.id:
        projects.set_owner(conn, found.id, owner.id)
        note(conn, doing, "project owner", found, before.id, owner.id)
        tell(conn, doing, found, [owner, before], {"event": "owner", "owner": owner.name})
    return Owned(found, owner, same=owner.id == before.id)


def set_cost(conn: Connection, doing: Doing, command: SetProjectCost) -> Costed | No:
    """From today on; days gone by stay booked as they were."""
    actor = doing.actor
    found = projects.by_name(conn, actor.person.workspace_id, command.project.name, lock=True)
    if not actor.may(Action.SET_COST_CENTRE, Relation.COMPANY):
        return No("Only an admin can set a cost centre.")
    if found is None:
        return unknown(actor, command.project)
    done = cost_centres.set_code(
        conn, doing.house, found.workspace_id, projects.pool_id(found.id), command.code, None,
        actor_id=actor.person.id, origin=doing.origin,
    )  # fmt: skip
    return done if isinstance(done, No) else Costed(found, done.code)
