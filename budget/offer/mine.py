"""Which models somebody may choose from, which one answers them, and what their questions are like."""

from dataclasses import dataclass

from budget.house import House
from budget.offer.allowed import Typical, allowed, typical_of
from budget.offer.model import Model, Models
from budget.offer.naming import NONE_LEFT
from budget.outcome import No
from budget.policy.current import current
from store import asks, people, teams
from store.database import Connection
from store.people import Person


@dataclass(frozen=True, slots=True)
class Mine:
    """Somebody's models. `own`: they chose what answers them; `typical`: their own typical question, if they have one.

    `here`: what answers everybody in the channel where they look, as far as they may use it.
    """

    offered: Models
    answers: Model
    own: bool
    typical: Typical
    here: Model | None = None


def models_for(conn: Connection, house: House, person: Person) -> Models | None:
    """The models that a person may use; None where the policy leaves none."""
    mine = [team.name for team, _ in teams.memberships(conn, person.id)]
    return allowed(house.models, current(conn, house, person.workspace_id).models, mine)


def answering(conn: Connection, house: House, person: Person) -> Model:
    """The model that answers someone: their choice while they may use it, else the default, or the cheapest of theirs.

    Where the policy leaves none, none answers; the company's default is what prices are told by.
    """
    offered = models_for(conn, house, person) or house.models
    chosen = offered.get(person.model) if person.model else None
    return chosen or offered.default_model()


def mine(conn: Connection, house: House, person_id: str, here: str | None = None) -> Mine | No:
    """All of it; `here`: the name of the model that is set for a channel."""
    person = people.person(conn, person_id)
    assert person is not None, "whoever looks was met before"
    offered = models_for(conn, house, person)
    if offered is None:
        return NONE_LEFT
    own = offered.get(person.model) if person.model else None
    found = typical_of(asks.usages(conn, person_id))
    return Mine(offered, own or offered.default_model(), own is not None, found, offered.get(here or ""))
