"""Coming back: somebody who left is here again. Nothing comes back with them: no team, package, allowance or grant."""

from dataclasses import dataclass
from datetime import date

from budget.house import House
from budget.org.on_person import acting_on
from budget.org.rights import Action
from budget.outcome import No
from budget.typed import PersonRef
from store import audit, leaving, people
from store.database import Connection
from store.people import Person

ONLY_ADMINS = "Only an admin can let somebody stay, or be here again."


@dataclass(frozen=True, slots=True)
class Kept:
    """Somebody who stays. `came_back`: they had left; `last_on`: the last day that is taken back, as an ISO day."""

    person: Person
    came_back: bool
    last_on: str | None


async def keep(house: House, actor_id: str, ref: PersonRef, *, origin: str) -> Kept | No:
    """Take a last day back; who has left is here again."""

    def work(conn: Connection) -> Kept | No:
        found = acting_on(conn, actor_id, ref, Action.OFFBOARD, ONLY_ADMINS)
        if isinstance(found, No):
            return found
        actor, person = found
        if person.gone_at is not None:
            return No(f"{person.name}'s Slack account is deactivated: once it is active again, they are here again.")
        if person.left_at is None and person.ends_on is None:
            return No(f"{person.name} is here, and no last day is set.")
        return stay(conn, house, person, actor.person.id, origin)

    return await house.database.write(work)


def stay(conn: Connection, house: House, person: Person, actor_id: str, origin: str) -> Kept:
    """`keep` for a locked person."""
    if person.left_at is not None:
        come_back(conn, house, person, actor_id=actor_id, origin=origin)
    elif person.ends_on is not None:
        note(conn, house, person, actor_id, origin, "last day", person.ends_on, None)
    leaving.change(conn, person.id, ends_on=None)
    return Kept(person, person.left_at is not None, person.ends_on)


def come_back(conn: Connection, house: House, person: Person, *, actor_id: str | None, origin: str) -> None:
    """A locked person who left is here again, with what is on their wallet: nothing, once that was closed.

    A freeze stays. A last day that is over is forgotten.
    """
    day = house.now().astimezone(house.rules.timezone).date()
    over = person.ends_on is not None and date.fromisoformat(person.ends_on) < day
    ends_on = None if over else person.ends_on
    leaving.change(conn, person.id, left_at=None, closes_at=None, closed_at=None, gone_at=None, ends_on=ends_on)
    if person.left_at is not None:
        note(conn, house, person, actor_id, origin, "come back", f"left {person.left_at.isoformat()}", None)


def note(
    conn: Connection, house: House, person: Person, actor_id: str | None, origin: str, action: str, old: str | None,
    new: str | None,
) -> None:  # fmt: skip
    """The audit row."""
    audit.record(
        conn, workspace_id=person.workspace_id, at=house.now(), actor_id=actor_id, origin=origin, action=action,
        target=people.wallet_id(person.id), old=old, new=new,
    )  # fmt: skip
