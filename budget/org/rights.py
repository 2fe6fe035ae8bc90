"""Who may do what to whom: one table of role, action and relation, and how role and relation come from the records.

Authority comes from our own tables alone and is looked up in the transaction that makes use of it. A manager is one by
relation: of a team, and of every team below it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from budget.org.rights_table import ALLOWED, Action, Relation, Role, allows
from store import teams
from store.database import Connection
from store.people import Person

__all__ = [
    "ALLOWED", "Action", "Relation", "Role", "Standing", "allows", "of_move", "shared_managed", "standing",
    "to_channel", "to_person", "to_project", "to_team",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """Someone with their teams (id -> "member" | "manager") and the tree of all teams (id -> id of the one above)."""

    person: Person
    roles: Mapping[str, str]
    parents: Mapping[str, str | None]

    @property
    def role(self) -> Role:
        """The highest role that applies."""
        if self.person.is_admin:
            return Role.ADMIN
        return Role.MANAGER if "manager" in self.roles.values() else Role.MEMBER

    def line(self, team_id: str) -> list[str]:
        """A team and all teams above it, from below."""
        line: list[str] = []
        above: str | None = team_id
        while above is not None and above not in line:
            line.append(above)
            above = self.parents.get(above)
        return line

    def managed_above(self, team_id: str) -> list[str]:
        """The teams that this person manages by name and that this team belongs to, itself included, from below."""
        return [each for each in self.line(team_id) if self.roles.get(each) == "manager"]

    def may(self, action: Action, relation: Relation) -> bool:
        """Has this person the right?"""
        return allows(self.role, action, relation)


def standing(conn: Connection, person: Person, *, lock: bool = False) -> Standing:
    """What someone's rights follow from, as recorded now; `lock` for a change that rests on it."""
    roles = {team.id: role for team, role in teams.memberships(conn, person.id, lock=lock)}
    parents = {team.id: team.parent_id for team in teams.all_teams(conn, person.workspace_id)}
    return Standing(person, roles, parents)


def to_team(actor: Standing, team_id: str) -> Relation:
    """What a team is to the one who acts."""
    managed = actor.managed_above(team_id)
    if any(each != team_id for each in managed):
        return Relation.LOWER_TEAM
    if managed:
        return Relation.MANAGED_TEAM
    return Relation.OWN_TEAM if team_id in actor.roles else Relation.OTHER_TEAM


def to_channel(actor: Standing, team_id: str | None) -> Relation:
    """What a channel is to the one who acts: what its team is to them, or else the company's."""
    return Relation.COMPANY if team_id is None else to_team(actor, team_id)


def to_project(actor: Standing, owner_id: str) -> Relation:
    """What a project is to the one who acts; `owner_id` is the person who looks after it."""
    return Relation.OWN_PROJECT if owner_id == actor.person.id else Relation.OTHER_PROJECT


def to_person(actor: Standing, other: Standing) -> Relation:
    """What another person is to the one who acts."""
    if other.person.id == actor.person.id:
        return Relation.SELF
    if any(actor.managed_above(team_id) for team_id in other.roles):
        return Relation.REPORT
    return Relation.COLLEAGUE if actor.roles.keys() & other.roles.keys() else Relation.OTHER


def shared_managed(actor: Standing, *ends: frozenset[str]) -> list[str]:
    """The teams that the actor manages by name and that all ends belong to; an end is given by its teams."""
    reach = [{above for team_id in end for above in actor.managed_above(team_id)} for end in ends]
    return sorted(set.intersection(*reach)) if reach else []


def of_move(actor: Standing, source: frozenset[str], target: frozenset[str], *, to_own_wallet: bool) -> Relation:
    """What a move is to the one who moves; an end is given by its teams (none for the company)."""
    if to_own_wallet:
        return Relation.TO_OWN_WALLET
    return Relation.INSIDE if shared_managed(actor, source, target) else Relation.ACROSS
