"""Lending until a day: what is lent, what goes back when it is due, what is missing."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from budget.outcome import No
from budget.transfers import lending
from budget.transfers.lending import Lent, collect_due, lend
from budget.transfers.repaying import settle_all, take_back
from store import loans, outbox
from store.database import Connection
from store.ledger.steps import Hold
from store.loans import Loan
from store.people import Person
from tests.commanding import WORKSPACE, Office
from tests.offices import COMPANY, wallet


async def lent(office: Office, lender: str, borrower: Person, micros: int, due: str, key: str = "L1") -> Lent | No:
    """A loan, as a use case makes it."""
    return await office.database.write(
        lambda conn: lend(
            conn, office.house, lender_account_id=lender, borrower=borrower, amount_micros=micros,
            due_on=date.fromisoformat(due), reason="the launch", actor_id=borrower.id, key=key, origin="test",
            at=office.at,
        )
    )  # fmt: skip


async def loan(office: Office, key: str = "L1") -> Loan:
    found = await office.database.read(lambda conn: loans.get(conn, key))
    assert found is not None
    return found


async def letters(office: Office, person: Person) -> list[outbox.Letter]:
    """What was written to someone and not read by a test before."""

    def work(conn: Connection) -> list[outbox.Letter]:
        found = outbox.take(conn, WORKSPACE, office.at, 100)
        for letter in found:
            outbox.sent(conn, letter, "D1", "1.1", office.at)
        return found

    taken = await office.database.write(work)
    return [letter for letter in taken if letter.slack_id == person.slack_id]


async def test_a_loan_moves_tokens_and_tells_the_borrower_once(office: Office, ada: Person, bob: Person) -> None:
    first = await lent(office, COMPANY, bob, 3_000_000, "2026-11-30")
    again = await lent(office, COMPANY, bob, 3_000_000, "2026-11-30")
    assert isinstance(first, Lent)
    assert isinstance(again, Lent)
    assert (first.replayed, again.replayed) == (False, True)
    assert await office.on(wallet(bob)) == 3_000_000
    (letter,) = await letters(office, bob)
    assert (letter.kind, letter.payload["balance_micros"], letter.payload["reason"]) == (
        "lent",
        3_000_000,
        "the launch",
    )
    assert (await loan(office)).due_at.isoformat() == "2026-11-30T23:00:00+00:00"
    assert [entry.action for entry in await office.audit()].count("lend") == 1


async def test_nothing_is_lent_to_oneself_nor_for_a_day_that_is_over(office: Office, bob: Person) -> None:
    own = await lent(office, wallet(bob), bob, 1, "2026-11-30")
    past = await lent(office, COMPANY, bob, 1, "2026-11-21")
    much = await lent(office, COMPANY, bob, 10**12, "2026-11-30")
    assert isinstance(own, No)
    assert isinstance(past, No)
    assert isinstance(much, No)
    assert past.sentence == "2026-11-21 is over already; a loan is due on a day to come."
    assert much.sentence.startswith("The company pool has $90.00 (90M tokens) available")
    assert await office.on(wallet(bob)) == 0


async def test_what_is_due_goes_back_as_far_as_it_is_there(office: Office, bob: Person) -> None:
    await lent(office, COMPANY, bob, 3_000_000, "2026-11-30")
    await letters(office, bob)
    await office.post("consume", wallet(bob), f"consumed:{WORKSPACE}", 1_000_000)
    assert await collect_due(office.house) == 0
    office.pass_time(days=9)
    assert await collect_due(office.house) == 1
    assert await office.on(wallet(bob)) == 0
    assert ((await loan(office)).out_micros, (await loan(office)).closed_at) == (1_000_000, None)
    told = {letter.kind: letter.payload for letter in await letters(office, bob)}
    assert told["loan back"]["returned_micros"] == 2_000_000
    assert told["loan missing"]["out_micros"] == 1_000_000
    assert await collect_due(office.house) == 0, "it is tried again the next day"
    office.pass_time(days=1)
    assert await collect_due(office.house) == 1
    assert await letters(office, bob) == [], "the same lack is told once"
    await office.post("grant", COMPANY, wallet(bob), 5_000_000)
    office.pass_time(days=1)
    await collect_due(office.house)
    assert await office.on(wallet(bob)) == 4_000_000
    assert (await loan(office)).closed_at == office.at
    assert await office.on(COMPANY) == 90_000_000 - 1_000_000 - 5_000_000 + 1_000_000


async def test_several_replicas_take_back_once(office: Office, bob: Person) -> None:
    for number in range(4):
        await lent(office, COMPANY, bob, 1_000_000, "2026-11-30", key=f"L{number}")
    office.pass_time(days=9)
    await asyncio.gather(*(collect_due(office.house) for _ in range(4)))
    assert await office.on(COMPANY) == 90_000_000
    assert [(await loan(office, f"L{number}")).out_micros for number in range(4)] == [0, 0, 0, 0]


@pytest.mark.parametrize("held", [1, 2_500_000])
async def test_what_is_held_is_left(office: Office, bob: Person, held: int) -> None:
    await lent(office, COMPANY, bob, 3_000_000, "2026-11-30")
    office.pass_time(days=9)
    await office.database.post(Hold("h", wallet(bob), held, held, office.at, office.at + timedelta(hours=1)))
    await collect_due(office.house)
    assert (await loan(office)).out_micros == held
    assert await office.on(wallet(bob)) == 0


async def test_who_leaves_gives_back_what_is_there_before_it_is_due(office: Office, bob: Person) -> None:
    await lent(office, COMPANY, bob, 3_000_000, "2026-11-30", key="L1")
    await lent(office, COMPANY, bob, 3_000_000, "2026-12-30", key="L2")
    await office.post("consume", wallet(bob), f"consumed:{WORKSPACE}", 2_000_000)
    given_back = await office.database.write(lambda conn: settle_all(conn, wallet(bob), origin="test", at=office.at))
    assert given_back == 4_000_000
    assert [(await loan(office, key)).out_micros for key in ("L1", "L2")] == [0, 2_000_000]


async def test_a_loan_that_cannot_be_collected_keeps_no_other(
    office: Office, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("L1", "L2", "L3"):
        await lent(office, COMPANY, bob, 1_000_000, "2026-11-30", key=key)
    office.pass_time(days=9)

    def broken(conn: Connection, found: Loan, *rest: Any, **more: Any) -> int:
        if found.id == "L2":
            raise ValueError("broken")
        return take_back(conn, found, *rest, **more)

    monkeypatch.setattr(lending, "take_back", broken)
    with pytest.raises(ExceptionGroup, match="1 loans not collected"):
        await collect_due(office.house)
    assert [(await loan(office, key)).out_micros for key in ("L1", "L2", "L3")] == [0, 1_000_000, 0]
