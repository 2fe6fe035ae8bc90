"""What every change of a project needs: who does it, the project they mean, the audit, letters to those concerned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from budget.house import House
from budget.org.rights import Action, Relation, Standing, to_project
from budget.outcome import No
from budget.typed import ProjectRef
from store import audit, outbox, people, projects, teams
from store.database import Connection
from store.people import Person
from store.projects import Project

LETTER = "project"  # the kind of all letters about projects


@dataclass(frozen=True, slots=True)
class Doing:
    """`key`: under which it is done once; `origin`: the edge it came through."""

    house: House
    actor: Standing
    key: str
    origin: str


def allowed(conn: Connection, doing: Doing, action: Action, ref: ProjectRef, *, closed: bool = False) -> Project | No:
    """The project that is meant, locked for a change that is the actor's to make; `closed`: it may be closed."""
    actor = doing.actor
    found = projects.by_name(conn, actor.person.workspace_id, ref.name, lock=True)
    if found is None:
        return unknown(actor, ref)
    if not actor.may(action, to_project(actor, found.owner_id)):
        return No(f"{found.name} is for {owner_of(conn, found).name} and admins to change.")
    if found.closed_at is not None and not closed:
        return No(f"{found.name} was closed, and pays for nothing more: create another project.")
    return found


def unknown(actor: Standing, ref: ProjectRef) -> No:
    """Nothing is called that."""
    which = "them" if actor.may(Action.SEE_PROJECT, Relation.OTHER_PROJECT) else "yours"
    return No(f"There is no project called “{ref.name[:60]}”. `/tokens project` lists {which}.")


def owner_of(conn: Connection, project: Project) -> Person:
    """Who looks after it."""
    found = people.person(conn, project.owner_id)
    assert found is not None, "an owner was met before"
    return found


def note(conn: Connection, doing: Doing, action: str, project: Project, old: str | None, new: str | None) -> None:
    """The audit row of a change."""
    audit.record(
        conn, workspace_id=project.workspace_id, at=doing.house.now(), actor_id=doing.actor.person.id,
        origin=doing.origin, action=action, target=projects.pool_id(project.id), old=old, new=new,
    )  # fmt: skip


def tell(conn: Connection, doing: Doing, project: Project, whom: Sequence[Person], told: Mapping[str, Any]) -> None:
    """A letter to each of those whom a change concerns, but for whoever makes it."""
    payload = {"project": project.name, "by": doing.actor.person.name, **told}
    for person in {each.id: each for each in whom}.values():
        if person.id != doing.actor.person.id:
            outbox.put(
                conn, key=f"{doing.key}:{told['event']}:{person.slack_id}"[-200:], workspace_id=project.workspace_id,
                slack_id=person.slack_id, kind=LETTER, payload=payload, at=doing.house.now(),
            )  # fmt: skip


def managers(conn: Connection, team_ids: Sequence[str]) -> list[Person]:
    """Those who manage these teams."""
    inside = [member for team_id in team_ids for member in teams.members(conn, team_id)]
    return [person for person, role in inside if role == "manager"]
