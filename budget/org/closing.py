"""Closing the wallet of somebody who has left: what is held is waited for, what was borrowed goes back first, and the
rest to the company, with a statement. What arrives on a closed wallet all the same follows.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from budget.house import House
from budget.org import leaving_letters
from budget.transfers.repaying import settle_all
from budget.turns import Turns
from store import audit, leaving, loans, moving, people
from store.accounts import balance
from store.database import Connection
from store.leaving import Departure
from store.ledger.apply import apply
from store.ledger.steps import Balance, Transfer, Transferred
from store.people import Person

AT_ONCE = 200
WATCHED = timedelta(days=30)  # so long a closed wallet is looked at: what others began before may still arrive
REASON = "left the company"


@dataclass(frozen=True, slots=True)
class Closing:
    """What one look at a wallet did. `waits_micros`: held for answers under way, so that it is not closed yet."""

    given_back_micros: int
    returned_micros: int
    waits_micros: int


async def close(house: House, person_id: str) -> Closing | None:
    """Close the wallet of somebody who has left, as far as that is due and can be; None: there was nothing to do."""
    return await house.database.write(lambda conn: close_wallet(conn, house, person_id))


async def close_due(house: House, turns: Turns) -> int:
    """Close what is due, and return what arrived after a closing; how many people's wallets that moved.

    Faults are left with `turns`.
    """
    at, done, after = house.now(), 0, ""
    while ids := await house.database.read(partial(leaving.closing, at=at, limit=AT_ONCE, after=after)):
        done += await turns.each(ids, lambda each: closed_any(house, each))
        after = ids[-1]
    late = await house.database.read(partial(leaving.stray, since=at - WATCHED, limit=AT_ONCE))
    return done + await turns.each(
        late, lambda each: house.database.write(partial(return_stray, house=house, person_id=each))
    )


async def closed_any(house: House, person_id: str) -> bool:
    """Close a wallet, as far as it can be; whether that changed anything."""
    return moved_any(await close(house, person_id))


def moved_any(closing: Closing | None) -> bool:
    """Whether that look changed anything."""
    return closing is not None and (not closing.waits_micros or closing.returned_micros + closing.given_back_micros > 0)


def close_wallet(conn: Connection, house: House, person_id: str) -> Closing | None:
    """`close` within a transaction."""
    at, person = house.now(), leaving.locked(conn, person_id)
    if person is None or person.closes_at is None or person.closed_at is not None or person.closes_at > at:
        return None
    departure = last_departure(conn, person)
    lock_all(conn, person, at)
    given_back = settle_all(conn, people.wallet_id(person_id), origin="clock", at=at)
    returned = return_rest(conn, person, departure, at, "close")
    left = on_wallet(conn, person)
    if left.held_micros == 0:
        leaving.change(conn, person_id, closed_at=at)
        leaving.went_back(conn, departure, more=0, closed_at=at)
        leaving_letters.put_statements(conn, person, departure, at)
    return Closing(given_back, returned, left.held_micros)


def last_departure(conn: Connection, person: Person) -> Departure:
    """What was written down when they left."""
    found = leaving.departure_of(conn, person.id)
    assert found is not None, "it was written with left_at"
    return found


def lock_all(conn: Connection, person: Person, at: datetime) -> None:
    """Lock loans, then every account that this may move, in the order of their ids; burn what is past its end."""
    wallet = people.wallet_id(person.id)
    lenders = {each.lender_id for each in loans.borrowed(conn, wallet, lock=True)}
    moving.locked(conn, {wallet, people.company_id(person.workspace_id), *lenders}, at)


def on_wallet(conn: Connection, person: Person) -> Balance:
    """What is there now."""
    found = balance(conn, people.wallet_id(person.id))
    assert found is not None, "it was opened with its owner"
    return found


def return_rest(conn: Connection, person: Person, departure: Departure, at: datetime, action: str) -> int:
    """Move what is available on a locked wallet to the company's pool; micros moved."""
    there = on_wallet(conn, person)
    if there.available_micros <= 0:
        return 0
    key = f"close:{person.id}:{departure.left_at:%Y%m%dT%H%M%S%f}:{departure.returns}"
    company = people.company_id(person.workspace_id)
    step = Transfer(key, "return", there.account_id, company, there.available_micros, at, departure.actor_id, REASON)
    (answer,) = apply(conn, [step])
    assert isinstance(answer, Transferred), answer
    assert not answer.replayed, "the departure is locked with its person, and counts what went back"
    leaving.went_back(conn, departure, more=1, closed_at=None)
    audit.record(
        conn, workspace_id=person.workspace_id, at=at, actor_id=departure.actor_id, origin="clock", action=action,
        target=there.account_id, old=f"{there.posted_micros} micros",
        new=f"{answer.debit.posted_micros} micros ({answer.amount_micros} to {company}, {key})",
    )  # fmt: skip
    return answer.amount_micros


def return_stray(conn: Connection, house: House, person_id: str) -> bool:
    """What arrived on a wallet after it was closed goes back too; the admins are told."""
    at, person = house.now(), leaving.locked(conn, person_id)
    if person is None or person.left_at is None or person.closed_at is None:
        return False
    departure = last_departure(conn, person)
    lock_all(conn, person, at)
    micros = return_rest(conn, person, departure, at, "return after closing")
    if micros:
        leaving_letters.put_stray(conn, person, departure, micros, at)
    return micros > 0
