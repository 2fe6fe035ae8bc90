"""At the same moment: two who take back, taking back and spending, many gifts and one limit, a loan that is due."""

import asyncio
from datetime import timedelta

import pytest

from budget.org.leaving import Left
from budget.outcome import No
from budget.transfers.confirming import Doubt, agree
from budget.transfers.grants import Moved
from budget.transfers.lending import collect_due
from budget.transfers.returning import Returned
from budget.transfers.seen import loans_of
from budget.transfers.undoing import Undone
from store.ledger.steps import Dispatch, Hold, HoldState, Settle
from store.people import Person
from tests.commanding import Office
from tests.departing import offboard
from tests.offices import BOB, COMPANY, EVE, GRACE, wallet
from tests.transferring import ask, decree, do, last, mark, undo


@pytest.fixture
async def given(office: Office, grace: Person, bob: Person, eve: Person) -> Office:
    """Grace, Bob and Eve have $5 each."""
    for person in (grace, bob, eve):
        await office.post("grant", COMPANY, wallet(person), 5_000_000)
    return office


async def test_many_gifts_at_once_keep_the_months_limit(given: Office, bob: Person, eve: Person) -> None:
    await decree(given, '[send]\nmost_a_month = "$2"')
    gifts = [do(given, bob, f"send {EVE if number % 2 else GRACE} $0.50") for number in range(8)]
    crossing = [do(given, eve, f"send {BOB} $0.50") for _ in range(3)]
    answers = await asyncio.gather(*gifts, *crossing)
    assert [isinstance(answer, Moved) for answer in answers[:8]].count(True) == 4
    assert [isinstance(answer, Moved) for answer in answers[8:]] == [True] * 3


async def test_the_same_gift_at_once_is_made_once_and_answered_alike(given: Office, bob: Person, eve: Person) -> None:
    await decree(given, '[send]\nmost_a_month = "$2"')
    answers = await asyncio.gather(*(do(given, bob, f"send {EVE} $2", key="S") for _ in range(4)))
    assert all(isinstance(answer, Moved) for answer in answers)
    assert await given.on(wallet(eve)) == 7_000_000


async def test_two_who_take_back_at_once_take_back_once(given: Office, grace: Person, bob: Person) -> None:
    await do(given, grace, f"grant {BOB} $3")
    deed = await last(given, grace)
    answers = await asyncio.gather(*(undo(given, grace, deed) for _ in range(4)))
    assert all(isinstance(answer, Undone) and answer.amount_micros == 3_000_000 for answer in answers)
    assert sorted(answer.replayed for answer in answers if isinstance(answer, Undone)) == [False, True, True, True]
    assert await given.on(wallet(bob)) == 5_000_000


async def test_taking_back_while_it_is_spent(given: Office, grace: Person, bob: Person) -> None:
    await do(given, grace, f"grant {BOB} $3")
    deed = await last(given, grace)

    async def spend(key: str) -> int:
        held = await given.database.post(
            Hold(key, wallet(bob), 1_000_000, 2_000_000, given.at, given.at + timedelta(hours=1))
        )
        if not isinstance(held, HoldState):
            return 0
        await given.database.post(Dispatch(key, given.at))
        await given.database.post(Settle(key, held.amount_micros, given.at))
        return held.amount_micros

    done, spent = await asyncio.gather(
        undo(given, grace, deed), asyncio.gather(*(spend(f"h{number}") for number in range(4)))
    )
    taken = done.amount_micros if isinstance(done, Undone) else 0
    assert taken <= 3_000_000
    assert await given.on(wallet(bob)) == 8_000_000 - sum(spent) - taken


async def test_a_loan_that_is_due_while_it_is_given_back(given: Office, bob: Person, eve: Person) -> None:
    await do(given, eve, f"lend {BOB} $3 until 2026-11-30")
    given.pass_time(days=9)
    answers = await asyncio.gather(
        collect_due(given.house), do(given, bob, f"return $2 to {EVE}"), collect_due(given.house)
    )
    assert await given.on(wallet(eve)) == 5_000_000
    assert await given.on(wallet(bob)) == 5_000_000
    assert isinstance(answers[1], Returned | No)
    assert (await given.database.read(lambda conn: loans_of(conn, wallet(bob)))).borrowed == []


async def test_the_same_return_at_once_is_made_once(given: Office, bob: Person, eve: Person) -> None:
    await do(given, eve, f"lend {BOB} $3 until 2026-11-30")
    answers = await asyncio.gather(*(do(given, bob, "return $4", key="R") for _ in range(3)))
    assert all(isinstance(answer, Returned) for answer in answers)
    assert await given.on(wallet(bob)) == 4_000_000
    assert await given.on(wallet(eve)) == 5_000_000


async def test_a_double_click_moves_once(given: Office, grace: Person, bob: Person) -> None:
    await decree(given, '[moves]\nconfirm_above = "$2"')
    doubts = await asyncio.gather(*(ask(given, grace, f"grant {BOB} $3") for _ in range(3)))
    first = doubts[0]
    assert isinstance(first, Doubt)
    assert doubts == [first] * 3
    answers = await asyncio.gather(*(agree(given.house, grace.id, first.id, origin="test") for _ in range(4)))
    assert all(isinstance(answer, Moved) for answer in answers)
    assert await given.on(wallet(bob)) == 8_000_000


async def test_who_leaves_while_they_send_has_sent_before_or_not_at_all(
    given: Office, ada: Person, bob: Person, eve: Person
) -> None:
    sends = [do(given, bob, f"send {EVE} $0.50") for _ in range(6)]
    *answers, left = await asyncio.gather(*sends[:3], *sends[3:], offboard(given, ada, bob))
    assert isinstance(left, Left)
    assert left.departure is not None
    sent = sum(isinstance(answer, Moved) for answer in answers)
    assert left.departure.had_micros == 5_000_000 - sent * 500_000, "nothing went after they had left"
    assert await given.on(wallet(eve)) == 5_000_000 + sent * 500_000


async def test_who_leaves_while_something_is_sent(given: Office, bob: Person, eve: Person) -> None:
    sent, _ = await asyncio.gather(do(given, bob, f"send {EVE} $1"), mark(given, eve, left_at=given.at))
    assert await given.on(wallet(eve)) == (6_000_000 if isinstance(sent, Moved) else 5_000_000)
    assert isinstance(await do(given, bob, f"send {EVE} $1"), No)
