"""Leaving: by Slack's word, after a last day, or by an admin's. What follows from it is one transaction.

Then the wallet is closed (`closing`): at once or after a grace period, as the policy says, and not before what is held
for answers under way is settled. Whatever is done twice is done once: a person leaves only while they are here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from budget.house import House
from budget.org import closing, leaving_letters
from budget.org.closing import Closing
from budget.org.cost_centres import history_kept, person_owner
from budget.org.on_person import acting_on
from budget.org.rights import Action
from budget.outcome import No
from budget.packages.ending import Ended, end_packages
from budget.policy.current import current
from budget.requests.lapsing import end as end_request
from budget.turns import Turns
from budget.typed import PersonRef
from store import audit, leaving, loans, moving, packages, people, requests
from store.database import Connection
from store.leaving import Departure
from store.people import Person

AT_ONCE = 200
LATEST = timedelta(days=10 * 365)
TICK = timedelta(microseconds=1)
ONLY_ADMINS = "Only an admin can let somebody leave."


@dataclass(frozen=True, slots=True)
class Left:
    """Somebody who leaves, or would. `departure` None: they had left before, at `person.left_at`.

    `closing`: what of their wallet could be closed right away; None: nothing yet.
    """

    person: Person
    departure: Departure | None
    closing: Closing | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """Somebody leaves after a last day; `before`: the one that was set till now, as an ISO day."""

    person: Person
    last_on: date
    before: str | None


class _Shown(Exception):
    """Undoes a transaction that was only to show what it would do."""

    def __init__(self, found: Left | No) -> None:
        super().__init__()
        self.found = found


async def show(house: House, actor_id: str, ref: PersonRef) -> Left | No:
    """What would happen if somebody left now: all of it is done, looked at, and undone."""

    def work(conn: Connection) -> None:
        raise _Shown(begin(conn, house, actor_id, ref, origin="shown"))

    try:
        await house.database.write(work)
    except _Shown as shown:
        return shown.found
    raise AssertionError("unreachable: the work raises")


async def offboard(house: House, actor_id: str, ref: PersonRef, *, origin: str) -> Left | No:
    """Let somebody leave now; a second time changes nothing. The wallet is closed right away where it can be."""
    left = await house.database.write(lambda conn: begin(conn, house, actor_id, ref, origin=origin))
    return left if isinstance(left, No) else replace(left, closing=await closing.close(house, left.person.id))


def begin(conn: Connection, house: House, actor_id: str, ref: PersonRef, *, origin: str) -> Left | No:
    """`offboard` up to the closing, within a transaction."""
    found = acting_on(conn, actor_id, ref, Action.OFFBOARD, ONLY_ADMINS)
    if isinstance(found, No):
        return found
    actor, person = found
    return Left(person, leave(conn, house, person, why="admin", actor_id=actor.person.id, origin=origin))


async def end_on(house: House, actor_id: str, ref: PersonRef, last_on: date, *, origin: str) -> Planned | No:
    """Somebody's last day, in the workspace's zone: they leave when it is over."""

    def work(conn: Connection) -> Planned | No:
        found = acting_on(conn, actor_id, ref, Action.OFFBOARD, ONLY_ADMINS)
        if isinstance(found, No):
            return found
        actor, person = found
        problem = day_problem(last_on, today(house))
        if person.left_at is not None or problem:
            return No(problem or f"{person.name} has left already.")
        leaving.change(conn, person.id, ends_on=last_on.isoformat())
        if person.ends_on != last_on.isoformat():
            note(conn, house, person, actor.person.id, origin, "last day", person.ends_on, last_on.isoformat())
        return Planned(person, last_on, person.ends_on)

    return await house.database.write(work)


def day_problem(last_on: date, day: date) -> str | None:
    """Why that cannot be a last day."""
    if last_on < day:
        return f"{last_on:%Y-%m-%d} is over; without a date they leave now."
    return f"{last_on:%Y-%m-%d} is more than ten years ahead." if last_on - day > LATEST else None


def today(house: House) -> date:
    """The day that it is in the workspace's zone."""
    return house.now().astimezone(house.rules.timezone).date()


def leave(
    conn: Connection, house: House, person: Person, *, why: str, actor_id: str | None, origin: str,
    last_on: date | None = None,
) -> Departure | None:  # fmt: skip
    """A locked person leaves, with all that follows but the closing; None when they have left before.

    `last_on`: the last day for which packages vest; left out: yesterday.
    """
    if person.left_at is not None:
        return None
    at, wallet = house.now(), people.wallet_id(person.id)
    packages.of_person(conn, person.id, active=True, lock=True)  # before the accounts, as whoever pays them does
    had = moving.locked(conn, {wallet, people.company_id(person.workspace_id)}, at)[wallet]
    new = Departure(
        person.id, at, person.workspace_id, why, actor_id, closes_at(conn, house, person, at), had.posted_micros,
        had.held_micros, leaving.last_transfer_id(conn, wallet), {}, 0, None,
    )  # fmt: skip
    new = replace(new, ended=end_all(conn, house, person, new, origin, last_on))
    while not leaving.add_departure(conn, new):
        new = replace(new, left_at=new.left_at + TICK)  # they left and came back at the same moment before
    leaving.change(conn, person.id, left_at=new.left_at, closes_at=new.closes_at, closed_at=None, is_admin=False)
    note(conn, house, person, actor_id, origin, "leave", f"{had.posted_micros} micros",
         f"{why}; the wallet closes {new.closes_at.isoformat()}")  # fmt: skip
    if new.closes_at > at:
        leaving_letters.put_leaving(conn, person, new)
    return new


def closes_at(conn: Connection, house: House, person: Person, at: datetime) -> datetime:
    """When what they have goes back, by the policy."""
    policy = current(conn, house, person.workspace_id).leaving
    return at if policy.vested == "return" else at + timedelta(days=policy.grace_days)


def end_all(
    conn: Connection, house: House, person: Person, new: Departure, origin: str, last_on: date | None
) -> Mapping[str, Any]:
    """End what is a person's beside the wallet; in plain values what that was."""
    ended = end_packages(
        conn, house, person, new.left_at, actor_id=new.actor_id, origin=origin, last_on=last_on, tell=False
    )
    wallet, at = people.wallet_id(person.id), new.left_at
    with history_kept(conn, house, person.workspace_id, [person_owner(person.id)]):
        teams = leaving.end_memberships(conn, person.id)
    for team_id, _, role in teams:
        audit.record(
            conn, workspace_id=person.workspace_id, at=at, actor_id=new.actor_id, origin=origin,
            action="remove member", target=f"team:{team_id}", old=f"{person.id} ({role})", new=None,
        )  # fmt: skip
    allowances = leaving.end_allowances(conn, person.id, at)
    for allowance_id, micros, period in allowances:
        note(conn, house, person, new.actor_id, origin, "end allowance",
             f"{allowance_id}: {micros} micros a {period}", None)  # fmt: skip
    return {
        "teams": [[name, role] for _, name, role in teams],
        "allowances": [[micros, period] for _, micros, period in allowances],
        "packages": [plain(each) for each in ended],
        "projects": leaving.projects_of(conn, person.id),
        "requests": withdraw(conn, person, new, origin),
        "borrowed_micros": sum(each.out_micros for each in loans.borrowed(conn, wallet)),
        "lent_micros": sum(each.loan.out_micros for each in loans.named(conn, wallet, lent=True)),
    }


def plain(ended: Ended) -> dict[str, int | None]:
    """A package that ended, for the statement."""
    return {
        "vested_micros": ended.vested_micros, "paid_micros": ended.paid_micros, "unpaid_micros": ended.unpaid_micros,
        "forfeited_micros": ended.forfeited_micros,
    }  # fmt: skip


def withdraw(conn: Connection, person: Person, new: Departure, origin: str) -> list[int]:
    """Withdraw requests that wait; their amounts."""
    found = [requests.get(conn, each.id, lock=True) for each in requests.waiting_of(conn, person.id)]
    waiting = [each for each in found if each is not None and each.is_waiting]
    for each in waiting:
        end_request(conn, each, person, "withdrawn", None, origin, new.left_at)
    return [each.amount_micros for each in waiting]


def note(
    conn: Connection, house: House, person: Person, actor_id: str | None, origin: str, action: str, old: str | None,
    new: str | None,
) -> None:  # fmt: skip
    """The audit row of what happens to somebody."""
    audit.record(
        conn, workspace_id=person.workspace_id, at=house.now(), actor_id=actor_id, origin=origin, action=action,
        target=people.wallet_id(person.id), old=old, new=new,
    )  # fmt: skip


async def leave_due(house: House) -> int:
    """Let those go whose last day is over, and close wallets that are to be closed; how many people that moved.

    Each in a transaction of its own, which looks anew: several replicas, or a kill in between, do no harm.
    """
    at, day = house.now(), today(house).isoformat()
    if not await house.database.look_up(lambda conn: leaving.any_due(conn, day, at, at - closing.WATCHED)):
        return 0
    turns, ids = Turns(), await house.database.read(lambda conn: leaving.ending(conn, day, AT_ONCE))
    done = await turns.each(ids, lambda each: house.database.write(partial(end, house=house, person_id=each, day=day)))
    done += await closing.close_due(house, turns)
    turns.end("people neither let go nor their wallets closed")
    return done


def end(conn: Connection, house: House, person_id: str, day: str) -> bool:
    """Somebody's last day is over: they leave, if that is still so."""
    person = leaving.locked(conn, person_id)
    if person is None or person.ends_on is None or person.ends_on >= day:
        return False
    said = audit.last(conn, person.workspace_id, "last day", people.wallet_id(person.id))
    by = said.actor_id if said is not None and said.new == person.ends_on else None
    last_on = date.fromisoformat(person.ends_on)
    return leave(conn, house, person, why="date", actor_id=by, origin="clock", last_on=last_on) is not None
