"""A replica that hangs with a row locked, and statements that take too long: the others go on. PostgreSQL."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, text

from store import engines
from store.database import Database, Unavailable
from store.ledger.apply import apply
from store.ledger.steps import Hold, HoldState
from store.verify import verify
from tests.ledger_help import at, fund, set_up, wallet

QUICK = "-c timezone=UTC -c lock_timeout=300ms -c statement_timeout=1s -c idle_in_transaction_session_timeout=1500ms"


def begin(conn: Connection) -> None:
    """Wallets with something in them."""
    set_up(conn, 8)
    apply(conn, [fund(f"f{number}", wallet(number), 1_000) for number in range(8)])


@pytest.fixture
def quick_url(postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database whose users are less patient than usual."""
    monkeypatch.setattr(engines, "SESSION", QUICK)
    return postgresql_url


@contextmanager
def locked(url: str, number: int) -> Iterator[None]:
    """Somebody else keeps a wallet's row."""
    engine = engines.make_engine(engines.parse(url))
    with engine.begin() as conn:
        engines.without_limits(conn)
        conn.execute(text("SELECT id FROM account WHERE id = :id FOR UPDATE"), {"id": wallet(number)})
        yield
    engine.dispose()


def hold(number: int, key: str) -> Hold:
    """A small hold on a wallet."""
    return Hold(f"{key}{number}", wallet(number), 10, 10, at(1), at(60))


async def test_a_locked_row_fails_alone_and_in_time(quick_url: str) -> None:
    database = await Database.open(quick_url)
    await database.write(begin)
    started = time.monotonic()
    with locked(quick_url, 3):
        first = asyncio.ensure_future(database.post(hold(3, "first")))
        await asyncio.sleep(0.05)  # the batch after that is a full one
        rest = await asyncio.gather(*(database.post(hold(n, "h")) for n in range(8)), return_exceptions=True)
        with pytest.raises(Unavailable, match="locked"):
            await first
        assert [isinstance(answer, HoldState) for answer in rest] == [number != 3 for number in range(8)], rest
        assert isinstance(rest[3], Unavailable)
        with pytest.raises(Unavailable, match="locked"):
            await database.write(lambda conn: apply(conn, [hold(3, "w")]))
    assert time.monotonic() - started < 4
    assert isinstance(await database.post(hold(3, "again")), HoldState)
    await database.close()


async def test_closing_does_not_wait_for_a_locked_row(quick_url: str) -> None:
    database = await Database.open(quick_url)
    await database.write(begin)
    with locked(quick_url, 0):
        waiting = asyncio.ensure_future(database.post(hold(0, "h")))
        await asyncio.sleep(0.05)
        async with asyncio.timeout(4):
            await database.close()
        with pytest.raises(Unavailable, match="locked"):
            await waiting


async def test_a_replica_that_hangs_loses_its_locks(quick_url: str) -> None:
    stuck, database = await Database.open(quick_url), await Database.open(quick_url)
    await database.write(begin)

    def hang(conn: Connection) -> None:
        apply(conn, [hold(0, "stuck")])
        time.sleep(2.5)

    hanging = asyncio.ensure_future(stuck.write(hang))
    await asyncio.sleep(1.7)
    assert isinstance(await database.post(hold(0, "h")), HoldState)
    with pytest.raises(Unavailable, match="connection"):
        await hanging
    await stuck.close()
    await database.close()


async def test_statements_end_but_the_proof_may_take_its_time(quick_url: str) -> None:
    database = await Database.open(quick_url)
    with pytest.raises(Unavailable, match="too long"):
        await database.read(lambda conn: conn.execute(text("SELECT pg_sleep(10)")))
    shown = await database.read(lambda conn: (verify(conn).sound, conn.scalar(text("SHOW statement_timeout"))))
    assert shown == (True, "0")
    assert await database.read(lambda conn: conn.scalar(text("SHOW statement_timeout"))) == "1s"
    await database.close()
