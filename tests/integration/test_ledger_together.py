"""Several connections, several processes, and databases that go away: the ledger stays right and says what is wrong."""

import asyncio
import random
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select, text

from store import engines, tables
from store.accounts import balance
from store.database import Database, Unavailable
from store.ledger.apply import apply
from store.ledger.steps import Dispatch, Hold, HoldState, Settle, Transferred
from store.sweep import expire_due, sweep
from store.verify import lines, verify
from tests.cluster import INSTALL, Cluster, new_cluster, programs, remove
from tests.conftest import lacking
from tests.kill_child import steps
from tests.ledger_help import at, fund, set_up, wallet

ROOT = Path(__file__).parents[2]
A = wallet(0)


def begin(conn: Connection) -> None:
    """Three wallets with something in them."""
    set_up(conn, 3)
    apply(conn, [fund(f"f{number}", wallet(number), 20_000) for number in range(3)])


def come_by(now: int, conn: Connection) -> bool:
    """The clock comes by; True if it found something to do."""
    return bool(sweep(conn, at(now))) | bool(expire_due(conn, at(now)))


async def proven(database: Database) -> None:
    """The ledger adds up, before and after everything is closed."""
    for now in (0, 100_000):
        while await database.write(partial(come_by, now)):
            pass
        report = await database.read(verify)
        assert report.sound, lines(report)
    held = select(func.sum(tables.account.c.held_micros))
    assert await database.read(lambda conn: conn.scalar(held)) == 0


@asynccontextmanager
async def replicas(url: str, count: int) -> AsyncIterator[list[Database]]:
    """Several Databases on one database, as several processes would have them."""
    opened = [await Database.open(url) for _ in range(count)]
    yield opened
    for one in opened:
        await one.close()


async def test_replicas_do_the_same_steps_at_once(database_url: str) -> None:
    async with replicas(database_url, 3) as databases:
        await databases[0].write(begin)
        dice = random.Random(1)

        async def worker(database: Database, life: int, task: int) -> int:
            first = 0
            for _, step in zip(range(60), steps(life, task), strict=False):
                if dice.random() < 0.05:
                    await asyncio.sleep(0.001)
                answer = await database.post(step)
                first += isinstance(answer, HoldState | Transferred) and not answer.replayed
            return first

        async def clock(database: Database) -> int:
            for _ in range(10):
                await database.write(lambda conn: sweep(conn, at(6)))
                await asyncio.sleep(0.01)
            return 0

        work = [worker(one, life, task) for one in databases for life in (1, 2) for task in range(3)]
        firsts = await asyncio.gather(*work, *(clock(one) for one in databases))
        assert sum(firsts) > 100
        await proven(databases[0])


async def test_processes_on_one_file(database_url: str) -> None:
    async with replicas(database_url, 1) as (database,):
        await database.write(begin)
        command = [sys.executable, "-m", "tests.kill_child", database_url, "2", "40"]
        running = [await asyncio.create_subprocess_exec(*command, cwd=ROOT) for _ in range(3)]
        assert [await process.wait() for process in running] == [0, 0, 0]
        holds = await database.read(lambda conn: conn.scalar(select(func.count()).select_from(tables.hold)))
        assert holds is not None
        assert holds > 50
        await proven(database)


async def test_ten_for_two_hundred_on_three_replicas(database_url: str) -> None:
    async with replicas(database_url, 3) as databases:
        await databases[0].write(set_up)
        await databases[0].post(fund("f", A, 1000))

        async def ask(number: int) -> bool:
            database, key = databases[number % 3], f"h{number}"
            if not isinstance(await database.post(Hold(key, A, 100, 100, at(1), at(60))), HoldState):
                return False
            await database.post(Dispatch(key, at(1)))
            return isinstance(await database.post(Settle(key, 100, at(2))), HoldState)

        answers = await asyncio.gather(*(ask(number) for number in range(200)))
        assert sum(answers) == 10
        left = await databases[0].read(lambda conn: balance(conn, A))
        assert left is not None
        assert (left.posted_micros, left.held_micros) == (0, 0)
        await proven(databases[1])


@pytest.fixture
def own_cluster() -> Iterator[Cluster]:
    """A server that the test may stop."""
    if programs() is None:
        lacking(INSTALL)
    running = new_cluster()
    yield running
    remove(running)


async def test_the_server_goes_away_and_comes_back(own_cluster: Cluster) -> None:
    async with replicas(own_cluster.database(), 1) as (database,):
        await database.write(begin)
        await asyncio.to_thread(own_cluster.stop, "immediate")
        attempts = [
            database.post(Hold("h", A, 1, 1, at(1), at(60))),
            database.write(lambda conn: apply(conn, [fund("g", A, 1)])),
            database.read(lambda conn: balance(conn, A)),
        ]
        outcomes = await asyncio.gather(*attempts, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [Unavailable] * 3, outcomes
        assert {str(outcome)[:12] for outcome in outcomes} == {"The database"}
        await asyncio.to_thread(own_cluster.start)
        assert isinstance(await database.post(Hold("h", A, 1, 1, at(1), at(60))), HoldState)
        await asyncio.to_thread(own_cluster.stop, "fast")
        await asyncio.to_thread(own_cluster.start)
        posted = [database.post(Hold(f"h{number}", A, 1, 1, at(1), at(60))) for number in range(5)]
        assert all(isinstance(answer, HoldState) for answer in await asyncio.gather(*posted))
        await proven(database)


async def test_a_read_only_server(cluster: Cluster, postgresql_url: str) -> None:
    name = postgresql_url.split("@/")[1].split("?")[0]
    async with replicas(postgresql_url, 1) as (database,):
        await database.write(begin)
    cluster.admin(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    async with replicas(postgresql_url, 1) as (database,):
        with pytest.raises(Unavailable, match="read-only"):
            await database.post(Hold("h", A, 1, 1, at(1), at(60)))
        with pytest.raises(Unavailable, match="read-only"):
            await database.write(lambda conn: apply(conn, [fund("g", A, 1)]))
        assert await database.read(lambda conn: balance(conn, A)) is not None


async def test_a_read_only_file(sqlite_database: Database) -> None:
    await sqlite_database.write(begin)
    await sqlite_database.write(lambda conn: conn.execute(text("PRAGMA query_only = ON")))
    with pytest.raises(Unavailable, match="read-only"):
        await sqlite_database.post(Hold("h", A, 1, 1, at(1), at(60)))
    assert await sqlite_database.read(lambda conn: balance(conn, A)) is not None


async def test_a_full_disk(sqlite_database: Database) -> None:
    await sqlite_database.write(begin)
    await sqlite_database.write(lambda conn: conn.execute(text("PRAGMA max_page_count = 1")))  # as few as there are
    posted = [sqlite_database.post(Hold(f"h{number}", A, 1, 1, at(1), at(60))) for number in range(300)]
    outcomes = await asyncio.gather(*posted, sqlite_database.write(fill), return_exceptions=True)
    assert any(isinstance(outcome, Unavailable) and "disk" in str(outcome) for outcome in outcomes)
    assert all(isinstance(outcome, Unavailable | HoldState) for outcome in outcomes), outcomes
    await sqlite_database.write(lambda conn: conn.execute(text("PRAGMA max_page_count = 1000000")))
    assert isinstance(await sqlite_database.post(Hold("h0", A, 1, 1, at(1), at(60))), HoldState)
    await proven(sqlite_database)


def fill(conn: Connection) -> None:
    """More than the disk takes."""
    conn.execute(text("UPDATE workspace SET name = :name"), {"name": "x" * 200_000})


async def test_a_locked_file(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "BUSY_TIMEOUT_S", 0.2)
    async with replicas(sqlite_url, 1) as (database,):
        await database.write(begin)
        other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="locked"):
            await database.post(Hold("h", A, 1, 1, at(1), at(60)))
        assert await database.read(lambda conn: balance(conn, A)) is not None
        other.execute("ROLLBACK")
        other.close()
        assert isinstance(await database.post(Hold("h", A, 1, 1, at(1), at(60))), HoldState)


async def test_a_closed_database(sqlite_url: str) -> None:
    database = await Database.open(sqlite_url)
    await database.write(begin)
    last = [asyncio.create_task(database.post(Hold(f"h{n}", A, 1, 1, at(1), at(60)))) for n in range(5)]
    await asyncio.sleep(0)
    await database.close()
    assert all(isinstance(answer, HoldState) for answer in await asyncio.gather(*last))
    with pytest.raises(Unavailable, match="closed"):
        await database.post(Hold("late", A, 1, 1, at(1), at(60)))


@pytest.mark.parametrize(
    ("url", "said"),
    [("postgresql://u:secret@127.0.0.1:1/d", "cannot be reached"), ("sqlite:////no/where/x.db", "opened")],
)
async def test_opening_what_is_not_there(url: str, said: str) -> None:
    with pytest.raises(Unavailable, match=said) as caught:
        await Database.open(url)
    assert "secret" not in str(caught.value)
