"""The ledger through `Database`, on both engines: what is committed together, and what goes wrong alone."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import Connection, bindparam, select, text, update
from sqlalchemy.exc import IntegrityError

from store import tables
from store.accounts import balance
from store.database import Database
from store.ledger.apply import apply
from store.ledger.steps import (
    Closed,
    Dispatch,
    Expire,
    Hold,
    HoldState,
    Missing,
    Release,
    Settle,
    Short,
    Step,
    Transfer,
    Transferred,
    Write,
)
from store.sweep import expire_due, sweep
from store.verify import Report, lines, verify
from tests.ledger_help import COMPANY, CONSUMED, EXPIRED, ISSUED, at, fund, set_up, wallet

A, B = wallet(0), wallet(1)


async def figures(database: Database, account_id: str) -> tuple[int, int]:
    """Posted and held, as stored."""
    found = await database.read(lambda conn: balance(conn, account_id))
    assert found is not None
    return found.posted_micros, found.held_micros


async def funded(database: Database, micros: int = 1000) -> None:
    """A workspace and a wallet with something in it."""
    await database.write(set_up)
    assert isinstance(await database.post(fund("f", A, micros)), Transferred)


async def sound(database: Database) -> Report:
    """The ledger adds up."""
    report = await database.read(verify)
    assert report.sound, lines(report)
    return report


async def test_hold_dispatch_settle(database: Database) -> None:
    await funded(database)
    held = await database.post(Hold("h1", A, 100, 300, at(1), at(60)))
    assert isinstance(held, HoldState)
    assert (held.amount_micros, held.state, held.replayed) == (300, "open", False)
    assert await figures(database, A) == (1000, 300)
    assert isinstance(await database.post(Dispatch("h1", at(2))), HoldState)
    settled = await database.post(Settle("h1", 120, at(3)))
    assert isinstance(settled, HoldState)
    assert (settled.state, settled.charged_micros, settled.overrun_micros) == ("settled", 120, 0)
    assert await figures(database, A) == (880, 0)
    assert await figures(database, CONSUMED) == (120, 0)
    assert await figures(database, ISSUED) == (-1000, 0)
    assert (await sound(database)).counts == {"account": 7, "transfer": 2, "hold": 1, "lot": 1}


async def test_repeats_change_nothing(database: Database) -> None:
    await funded(database)
    hold = Hold("h", A, 1, 300, at(1), at(60))
    steps: list[Step] = [hold, Dispatch("h", at(2)), Settle("h", 120, at(3)), fund("g", A, 5)]
    first = [await database.post(step) for step in steps]
    before = await figures(database, A)
    again = [await database.post(step) for step in steps]
    assert isinstance(again.pop(1), Closed)
    assert [one.replayed for one in first if isinstance(one, HoldState | Transferred)] == [False] * 4
    assert [one.replayed for one in again if isinstance(one, HoldState | Transferred)] == [True] * 3
    assert await figures(database, A) == before
    await sound(database)


async def test_two_hundred_at_once_for_ten(database: Database) -> None:
    await funded(database, 1000)
    answers = await asyncio.gather(
        *(database.post(Hold(f"h{number}", A, 100, 100, at(1), at(60))) for number in range(200))
    )
    assert sum(isinstance(answer, HoldState) for answer in answers) == 10
    short = [answer for answer in answers if isinstance(answer, Short)]
    assert len(short) == 190
    assert all(answer.held for answer in short)
    assert await figures(database, A) == (1000, 1000)
    await sound(database)


async def test_one_key_many_times_at_once(database: Database) -> None:
    await funded(database)
    step = Hold("h", A, 100, 100, at(1), at(60))
    answers = await asyncio.gather(*(database.post(step) for _ in range(20)))
    assert [answer.replayed for answer in answers if isinstance(answer, HoldState)].count(False) == 1
    assert await figures(database, A) == (1000, 100)


async def test_spent_before_the_expiry_burnt_after(database: Database) -> None:
    await database.write(set_up)
    await database.post(fund("ends", A, 100, until=10))
    await database.post(fund("stays", A, 50))
    await database.post(Hold("h", A, 20, 20, at(1), at(60)))
    await database.post(Dispatch("h", at(1)))
    settled = await database.post(Settle("h", 10, at(11)))  # by now all that is free of the first grant is gone
    assert isinstance(settled, HoldState)
    assert settled.balance is not None
    assert settled.balance.posted_micros == 40
    assert await figures(database, EXPIRED) == (100, 0)
    await sound(database)


async def test_the_company_pays_only_with_what_has_not_expired(database: Database) -> None:
    await funded(database, 10)
    await database.post(fund("c", COMPANY, 100, until=10))
    await database.post(Hold("h", A, 10, 10, at(1), at(60)))
    await database.post(Dispatch("h", at(1)))
    settled = await database.post(Settle("h", 50, at(11)))
    assert isinstance(settled, HoldState)
    assert (settled.charged_micros, settled.overrun_micros) == (10, 40)
    assert await figures(database, COMPANY) == (0, 0)
    assert await figures(database, ISSUED) == (-150, 0)
    await sound(database)


async def test_a_move_keeps_the_expiry(database: Database) -> None:
    await database.write(set_up)
    await database.post(fund("ends", A, 100, until=10))
    await database.post(Transfer("m", "move", A, B, 60, at(1), until_at=at(99)))
    assert await database.write(lambda conn: expire_due(conn, at(10))) == [A, B]
    assert await database.write(lambda conn: expire_due(conn, at(10))) == []
    assert (await figures(database, A), await figures(database, B)) == ((0, 0), (0, 0))
    await sound(database)


async def test_the_sweep(database: Database) -> None:
    await funded(database)
    for key in ("open", "sent", "young"):
        await database.post(Hold(key, A, 100, 100, at(1), at(900 if key == "young" else 60)))
    await database.post(Dispatch("sent", at(2)))
    assert await database.write(lambda conn: sweep(conn, at(59))) == []
    closed = await database.write(lambda conn: sweep(conn, at(60)))
    assert [(hold.key, hold.charged_micros, hold.estimated) for hold in closed] == [
        ("open", 0, False),
        ("sent", 100, True),
    ]
    assert await figures(database, A) == (900, 100)
    await sound(database)


NAME = update(tables.workspace).where(tables.workspace.c.id == bindparam("the_id")).values(name=bindparam("new_name"))


def named(name: str) -> tuple[Write, ...]:
    """A caller's own statement."""
    return (Write(NAME, {"the_id": "T1", "new_name": name}),)


async def name_of_workspace(database: Database) -> str:
    """What the caller's statement wrote."""
    return await database.read(lambda conn: str(conn.scalar(select(tables.workspace.c.name))))


async def test_own_writes_go_with_the_first_time_only(database: Database) -> None:
    await funded(database)
    step = Hold("h", A, 100, 100, at(1), at(60), then=named("held"))
    await database.post(step)
    assert await name_of_workspace(database) == "held"
    await database.post(replace(step, then=named("again")))
    await database.post(Hold("big", A, 9999, 9999, at(1), at(60), then=named("refused")))
    assert await name_of_workspace(database) == "held"


async def test_a_bad_neighbour_fails_alone(database: Database) -> None:
    await funded(database)
    broken = (Write(text("INSERT INTO workspace (id) VALUES (:id)"), {"id": "broken"}),)
    steps = [
        Hold(f"h{number}", A, 10, 10, at(1), at(60), then=broken if number == 3 else named(f"n{number}"))
        for number in range(8)
    ]
    answers = await asyncio.gather(*(database.post(step) for step in steps), return_exceptions=True)
    assert [isinstance(answer, HoldState) for answer in answers] == [number != 3 for number in range(8)]
    assert isinstance(answers[3], IntegrityError)
    assert await figures(database, A) == (1000, 70)
    await sound(database)


async def test_write_is_all_or_nothing(database: Database) -> None:
    await funded(database)

    def work(conn: Connection) -> None:
        apply(conn, [Transfer("m", "move", A, B, 100, at(1))])
        raise LookupError("changed my mind")

    outcomes = await asyncio.gather(
        database.write(work), database.post(Hold("h", A, 10, 10, at(1), at(60))), return_exceptions=True
    )
    assert isinstance(outcomes[0], LookupError)
    assert isinstance(outcomes[1], HoldState)
    assert (await figures(database, A), await figures(database, B)) == ((1000, 10), (0, 0))


async def test_reading_cannot_write(database: Database) -> None:
    await funded(database)
    with pytest.raises(Exception, match=r"(?i)read-?only"):
        await database.read(lambda conn: conn.execute(text("DELETE FROM transfer")))
    with pytest.raises(Exception, match=r"(?i)read-?only"):
        await database.look_up(lambda conn: conn.execute(text("DELETE FROM transfer")))
    await sound(database)


async def test_what_is_missing(database: Database) -> None:
    await funded(database)
    nobody = wallet(99)
    assert await database.post(Hold("h", nobody, 1, 1, at(1), at(2))) == Missing(nobody)
    assert await database.post(Transfer("t", "move", A, nobody, 1, at(1))) == Missing(nobody)
    for step in (Dispatch("x", at(1)), Settle("x", 1, at(1)), Release("x", at(1)), Expire("x", at(1))):
        assert await database.post(step) == Missing("x")
    assert await database.read(lambda conn: balance(conn, nobody)) is None


async def test_cancelled_waiters_hurt_nobody(database: Database) -> None:
    await funded(database)
    tasks = [asyncio.create_task(database.post(Hold(f"h{n}", A, 10, 10, at(1), at(60)))) for n in range(20)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(answer, HoldState) for answer in answers[1::2])
    assert all(isinstance(answer, asyncio.CancelledError) for answer in answers[::2])
    await sound(database)


async def test_freed_wakes_those_who_wait(database: Database) -> None:
    await funded(database, 100)
    await database.post(Hold("h", A, 100, 100, at(1), at(60)))
    await asyncio.sleep(0.05)
    waiting = asyncio.create_task(database.freed(A, 5))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    await database.post(Release("h", at(2)))
    await asyncio.wait_for(waiting, 1)
    await asyncio.sleep(0.05)
    credited = asyncio.create_task(database.freed(A, 5))
    await asyncio.sleep(0)
    await database.write(lambda conn: apply(conn, [fund("more", A, 1)]))
    await asyncio.wait_for(credited, 1)
    await database.freed(B, 0.01)


async def test_differences_are_told(database: Database) -> None:
    await funded(database)

    def spoil(conn: Connection) -> None:
        conn.execute(text("UPDATE account SET posted_micros = 990, held_micros = 7 WHERE id = :id"), {"id": A})

    await database.write(spoil)
    report = await database.read(verify)
    assert not report.sound
    assert report.total_micros == -10
    said = "\n".join(lines(report))
    assert "does NOT add up: 4 differences" in said
    assert f"{A}: posted is not the sum of the account's transfers (recorded 990, computed 1,000)" in said
    assert f"{A}: held is not the sum of the account's live holds (recorded 7, computed 0)" in said
