"""Guests of the workspace, and people of other organisations: they have tokens only where the company says so."""

from dataclasses import dataclass

from budget.house import House
from budget.org.on_person import acting_on
from budget.org.rights import Action
from budget.outcome import No
from budget.policy.current import current
from budget.typed import PersonRef
from store import audit, leaving, people
from store.accounts import balance
from store.database import Connection
from store.ledger.steps import Balance
from store.people import Person

ONLY_ADMINS = "Only an admin decides which guests have tokens."
MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class LetIn:
    """What was decided about a guest. `same`: so it was before; `needless`: they are no guest, or all guests may."""

    person: Person
    allowed: bool
    same: bool
    needless: bool
    balance: Balance


def may_have(conn: Connection, house: House, person: Person) -> bool:
    """Whether somebody may have tokens, as far as being a guest goes."""
    return not person.is_guest or person.allowed_at is not None or all_may(conn, house, person.workspace_id)


def all_may(conn: Connection, house: House, workspace_id: str) -> bool:
    """Whether the policy lets guests in without a word on each."""
    return current(conn, house, workspace_id).guests.allowed


async def turned_away(house: House, workspace_id: str, slack_id: str) -> tuple[str, ...] | None:
    """None when this guest may have tokens; else the names of admins who can allow it, some of them."""

    def work(conn: Connection) -> tuple[str, ...] | None:
        person = people.by_slack_id(conn, workspace_id, slack_id)
        if (person is not None and person.allowed_at is not None) or all_may(conn, house, workspace_id):
            return None
        return tuple(admin.name for admin in leaving.admins(conn, workspace_id)[:MOST_NAMED])

    return await house.database.read(work)


async def let_in(house: House, actor_id: str, ref: PersonRef, allowed: bool, *, origin: str) -> LetIn | No:
    """Decide about a guest whom we have met. What they have stays theirs, also when they may not spend it."""

    def work(conn: Connection) -> LetIn | No:
        found = acting_on(conn, actor_id, ref, Action.ALLOW_GUEST, ONLY_ADMINS)
        if isinstance(found, No):
            return found
        actor, person = found
        same = (person.allowed_at is not None) == allowed
        if person.is_guest and not same:
            leaving.change(conn, person.id, allowed_at=house.now() if allowed else None)
            words = {True: "allowed", False: "refused"}
            audit.record(
                conn, workspace_id=person.workspace_id, at=house.now(), actor_id=actor.person.id, origin=origin,
                action="guest", target=people.wallet_id(person.id), old=words[not allowed], new=words[allowed],
            )  # fmt: skip
        needless = not person.is_guest or (all_may(conn, house, person.workspace_id) and not allowed)
        there = balance(conn, people.wallet_id(person.id))
        assert there is not None, "it was opened with its owner"
        return LetIn(person, allowed, same, needless, there)

    return await house.database.write(work)
