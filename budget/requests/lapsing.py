"""Requests that nobody decides on: a reminder, the next one up is asked as well, and in the end they lapse."""

from dataclasses import replace
from datetime import datetime

from budget.house import House
from budget.policy.current import current
from budget.requests import cards
from budget.requests.approvers import ladder
from budget.requests.org import above, is_there
from budget.requests.paying import note
from store import people, requests
from store.database import Connection
from store.people import Person
from store.requests import Request

AT_ONCE = 20
CLOCK = "clock"


async def remind_and_lapse(house: House) -> int:
    """Remind of requests before they lapse, and let them lapse; how many changed.

    Each is locked by whichever replica comes first, and passed over by the others.
    """
    at, changed = house.now(), 0
    while await house.database.look_up(lambda conn: requests.anything_due(conn, at)):
        some = await house.database.write(lambda conn: take_some(conn, house, at))
        if not some:
            break  # another replica has them
        changed += some
    return changed


def take_some(conn: Connection, house: House, at: datetime) -> int:
    """A bounded number of those that are due, in one transaction."""
    found = requests.due(conn, at, AT_ONCE)
    for request in found:
        asker = people.person(conn, request.person_id)
        assert asker is not None, "whoever asked was met before"
        if asker.left_at is not None:
            end(conn, request, asker, "withdrawn", None, CLOCK, at)
        elif request.lapse_at <= at:
            end(conn, request, asker, "lapsed", None, CLOCK, at)
        else:
            remind(conn, house, request, asker, at)
    return len(found)


def remind(conn: Connection, house: House, request: Request, asker: Person, at: datetime) -> None:
    """Tell those who were asked, and ask the next one up; it lapses when that is of no use either."""
    requests.remind_later(conn, request.id, request.lapse_at)
    found, policy = above(conn, asker), current(conn, house, asker.workspace_id)
    silent = [person for person in requests.asked(conn, request.id) if is_there(person)]
    for person in silent:
        cards.put_reminder(conn, house, found, request, asker, person, at)
    known = {person.id for person in requests.asked(conn, request.id)}
    rungs = ladder(found.org, request.amount_micros, admins_only=policy.requests.approver == "admins")
    further = next((rung for rung in rungs if not known.issuperset(rung)), ())
    names = [person.name for person in requests.asked(conn, request.id)]
    new = cards.put_cards(conn, house, found, request, asker, further, at, undecided=names)
    put_to = ", ".join(person.id for person in new) or "nobody else"
    note(
        conn, request, actor_id=None, origin=CLOCK, action="request reminded", at=at, new=f"also put to {put_to}"
    )  # fmt: skip


def end(
    conn: Connection, request: Request, asker: Person, state: str, actor: Person | None, origin: str, at: datetime
) -> Request:
    """Close a request without a decision: it lapsed, or was taken back."""
    if not requests.close(conn, request.id, state=state, at=at, decided_by=actor.id if actor else None):
        raise RuntimeError(f"request {request.id} was locked, and yet decided on by another")
    done = replace(request, state=state, decided_at=at, decided_by=actor.id if actor else None)
    cards.settle_cards(conn, done, asker, actor.name if actor else None, at)
    if state == "lapsed":
        names = [person.name for person in requests.asked(conn, request.id)]
        cards.tell_asker(conn, done, asker, None, at, {"asked": names})
    note(
        conn, done, actor_id=done.decided_by, origin=origin, action=f"request {state}", at=at,
        new=f"{request.amount_micros} micros",
    )  # fmt: skip
    return done
