"""Requests that nobody decides on: a reminder, the next one up is asked as well, and in the end they lapse."""

from dataclasses import replace
from datetime import datetime
from functools import partial

from budget.house import House
from budget.policy.current import current
from budget.requests import cards
from budget.requests.approvers import ladder
from budget.requests.org import above
from budget.requests.paying import note
from budget.turns import Turns
from store import people, requests
from store.database import Connection
from store.people import Person
from store.requests import Request

AT_ONCE = 100
CLOCK = "clock"


async def remind_and_lapse(house: House) -> int:
    """Remind of requests before they lapse, and let them lapse; how many changed.

    Each is locked and looked at anew in a transaction of its own: several replicas, or a kill, do no harm.
    """
    at = house.now()
    if not await house.database.look_up(lambda conn: requests.due(conn, at, 1)):
        return 0
    due, turns = await house.database.read(lambda conn: requests.due(conn, at, AT_ONCE)), Turns()
    changed = await turns.each(
        due, lambda each: house.database.write(partial(take_up, house=house, request_id=each, at=at))
    )
    turns.end("requests neither reminded of nor lapsed")
    return changed


def take_up(conn: Connection, house: House, request_id: str, at: datetime) -> int:
    """What the clock has to do about one request, if it is still to be done; 1 when it was."""
    request = requests.get(conn, request_id, lock=True)
    assert request is not None, "requests are never deleted"
    asker = people.person(conn, request.person_id)
    assert asker is not None, "whoever asked was met before"
    if not request.is_waiting or (asker.left_at is None and request.next_at > at):
        return 0  # another replica was here
    if asker.left_at is not None:
        end(conn, request, asker, "withdrawn", None, CLOCK, at)
    elif request.lapse_at <= at:
        end(conn, request, asker, "lapsed", None, CLOCK, at)
    else:
        remind(conn, house, request, asker, at)
    return 1


def remind(conn: Connection, house: House, request: Request, asker: Person, at: datetime) -> None:
    """Tell those who were asked, and ask the next one up; it lapses when that is of no use either."""
    requests.remind_later(conn, request.id, request.lapse_at)
    found, policy = above(conn, asker), current(conn, house, asker.workspace_id)
    admins_only = policy.requests.approver == "admins"
    able = found.org.deciders(admins_only=admins_only)
    asked = requests.asked(conn, request.id)
    for person in asked:
        if person.id in able:
            cards.put_reminder(conn, house, found, request, asker, person, at)
    known = {person.id for person in asked}
    rungs = ladder(found.org, request.amount_micros, admins_only=admins_only)
    further = next((rung for rung in rungs if not known.issuperset(rung)), ())
    names = [person.name for person in asked]
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
