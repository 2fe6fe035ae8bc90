"""Where tokens are: the wallet, pool or company that someone named, and how it is spoken of."""

from dataclasses import dataclass

from budget.org.rights import Relation, Standing, standing, to_person, to_team
from budget.outcome import No
from budget.typed import Company, Party, PersonRef, TeamRef
from store import people, teams
from store.database import Connection
from store.people import Person
from store.teams import Team


@dataclass(frozen=True, slots=True)
class Place:
    """An account that people know. `teams`: the ids of the teams it belongs to. `project`: the name of one's pool."""

    account_id: str
    relation: Relation
    teams: frozenset[str]
    person: Person | None = None
    team: Team | None = None
    project: str | None = None

    @property
    def name(self) -> str:
        """How others are told of it."""
        if self.person is not None:
            return self.person.name
        if self.project is not None:
            return f"the project {self.project}"
        return f"the {self.team.name} pool" if self.team is not None else "the company pool"

    @property
    def typed(self) -> str:
        """How it is written in a command; a person cannot be written without their mention."""
        if self.team is None:
            return "company" if self.person is None else "@person"
        return f'"{self.team.name}"' if " " in self.team.name else self.team.name


def place(conn: Connection, actor: Standing, party: Party) -> Place | No:
    """The account of whom or what was named."""
    workspace_id = actor.person.workspace_id
    match party:
        case Company():
            return Place(people.company_id(workspace_id), Relation.COMPANY, frozenset())
        case TeamRef(name):
            team = teams.by_name(conn, workspace_id, name)
            return No(unknown_team(name)) if team is None else of_team(actor, team)
        case PersonRef(slack_id, label):
            person = people.by_slack_id(conn, workspace_id, slack_id)
            return No(f"I do not know {label or 'that person'}.") if person is None else of_person(conn, actor, person)


def of_team(actor: Standing, team: Team) -> Place:
    """A team's pool."""
    return Place(teams.pool_id(team.id), to_team(actor, team.id), frozenset({team.id}), team=team)


def of_person(conn: Connection, actor: Standing, person: Person) -> Place:
    """A person's wallet."""
    other = standing(conn, person)
    return Place(people.wallet_id(person.id), to_person(actor, other), frozenset(other.roles), person=person)


def unknown_team(name: str) -> str:
    """Nothing is called that."""
    return f"There is no team called “{name[:60]}”. `/tokens team` lists the teams you can see."
