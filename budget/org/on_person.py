"""What an admin does to somebody: who it is about, once the right is there, locked until the transaction ends."""

from budget.org.places import place
from budget.org.rights import Action, Standing, standing
from budget.outcome import No
from budget.typed import PersonRef
from store import leaving, people
from store.database import Connection
from store.people import Person


def acting_on(
    conn: Connection, actor_id: str, ref: PersonRef, action: Action, refusal: str
) -> tuple[Standing, Person] | No:
    """Who acts, and whom it is about; or `refusal`, where the table of rights says no."""
    me = people.person(conn, actor_id)
    assert me is not None, "whoever acts was met before"
    actor = standing(conn, me, lock=True)
    found = place(conn, actor, ref)
    if isinstance(found, No):
        return found
    if not actor.may(action, found.relation):
        return No(refusal)
    assert found.person is not None, "a person was named"
    person = leaving.locked(conn, found.person.id)
    assert person is not None, "people are never taken out of the books"
    return actor, person
