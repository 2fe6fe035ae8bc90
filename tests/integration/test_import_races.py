"""An import against whatever else goes on: asks, other imports, people who appear, commands; and kill -9."""

import asyncio
import contextlib
import sqlite3
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from store import teams
from store.database import Connection, Database
from store.ledger.steps import Dispatch, Hold, HoldState, Settle
from store.people import Person
from tests.commanding import WORKSPACE, Office
from tests.importing import Hr, file_of
from tests.offices import BOB, wallet

MANY = 1_500
ROOT = Path(__file__).parents[2]
HELD = text(
    "SELECT COUNT(*) FROM pg_locks JOIN pg_class ON pg_class.oid = relation "
    "WHERE relname = 'roster' AND mode = 'RowExclusiveLock'"
)


@pytest.fixture
def hr(office: Office) -> Hr:
    return Hr(office)


def big(team: str) -> str:
    """A file of many, who all have one manager."""
    lines = [f"p{number}@example.com,{team},bob@example.com,C{number % 7}" for number in range(MANY)]
    return file_of(f"bob@example.com,{team}", *lines)


async def test_asks_go_on_while_everybody_is_moved(hr: Hr, office: Office, ada: Person, bob: Person) -> None:
    await office.done(ada, f"grant {BOB} $5")
    importing = asyncio.create_task(hr.carry_out(big("Data")))
    paid, asked = 0, 0
    while not importing.done() or asked < 5:
        key, at = f"h{asked}", office.at
        held = await office.database.post(Hold(key, wallet(bob), 1_000, 1_000, at, at.replace(year=2027)))
        assert isinstance(held, HoldState), held
        assert held.state == "open"
        await office.database.post(Dispatch(key, at))
        await office.database.post(Settle(key, 700, at))
        asked, paid = asked + 1, paid + 700
    assert not (await importing).problems
    assert await office.on(wallet(bob)) == 5_000_000 - paid


async def test_the_same_file_several_times_at_once(hr: Hr, office: Office) -> None:
    text = file_of(
        "bob@example.com,Data,eve@example.com,C1", "eve@example.com,Data", "new@example.com,Ops,bob@example.com"
    )
    done = await asyncio.gather(*(hr.carry_out(text) for _ in range(4)))
    assert sorted(len(each.differences) for each in done) == [0, 0, 0, 3]
    notes = [note.action for note in await office.audit()]
    assert (notes.count("import people"), notes.count("create team")) == (1, 3)
    assert not (await hr.look(text)).differences


async def test_different_files_at_once(hr: Hr) -> None:
    texts = [
        file_of("bob@example.com,Data", "eve@example.com,Ops"),
        file_of("eve@example.com,Data", "bob@example.com,Ops"),
    ]
    done = await asyncio.gather(*(hr.carry_out(text) for text in texts * 2))
    assert not [each.problems for each in done if each.problems]
    left = [len((await hr.look(text)).differences) for text in texts]
    assert sorted(left) == [0, 2], "one of them came last, whole"


async def test_who_appears_while_an_import_is_under_way_is_bound(hr: Hr, office: Office) -> None:
    text = big("Data")
    importing = asyncio.create_task(hr.carry_out(text))
    for number in range(12):
        await office.meet(f"UP{number}", email=f"P{number}@example.com")
    await importing
    assert not (await hr.look(text)).differences, "whoever came before, during or after has their place"
    rows = await hr.rows()
    assert {rows[f"p{number}@example.com"].person_id for number in range(12)} == {
        f"{WORKSPACE}:UP{number}" for number in range(12)
    }  # fmt: skip


async def test_a_team_made_by_hand_at_the_same_time(hr: Hr, office: Office, ada: Person) -> None:
    for number in range(3):
        name = f"Data{number}"
        done, _ = await asyncio.gather(
            hr.carry_out(file_of(f"bob@example.com,{name}")), office.run(ada, f"team create {name}")
        )
        assert not done.problems
        found = await office.database.read(lambda conn: teams.all_teams(conn, WORKSPACE))
        assert [team.name for team in found].count(name) == 1
        assert (name, "UBOB", "member", "roster") in await hr.members()


async def test_commands_go_on_while_everybody_is_moved(hr: Hr, office: Office, ada: Person) -> None:
    importing = asyncio.create_task(hr.carry_out(big("Data")))
    while not importing.done():
        await office.done(ada, f"team add platform {BOB}", "team pool platform on", f"team remove platform {BOB}")
    assert not (await importing).problems


async def test_killed_in_the_middle(database_url: str, tmp_path: Path) -> None:
    """Nothing or all; and the same again makes it whole."""
    database = await Database.open(database_url)
    hr = Hr(Office(database))
    await hr.office.meet("UBOB")
    path = tmp_path / "people.csv"
    path.write_text(big("Data"))
    before = await hr.books()
    await killed(database, database_url, path, 0)
    assert await hr.books() == before, "it had only begun"
    await killed(database, database_url, path, 0.1)
    after = await hr.books()
    assert after == before or not (await hr.look(big("Data"))).differences
    await hr.done(big("Data"))
    await hr.office.verified()
    await database.close()


async def killed(database: Database, url: str, path: Path, wait_s: float) -> None:
    """Begin an import in a process of its own, and kill it so long after it has begun to write."""
    command = [sys.executable, "-m", "tests.import_child", url, str(path)]
    running = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
    ends_s = time.monotonic() + 60
    while not await (database.read(locks) if database.is_shared else asyncio.to_thread(is_locked, url)):
        assert time.monotonic() < ends_s, "it never began to write"
        assert running.returncode is None, "it ended before anybody saw it begin"
        await asyncio.sleep(0.005)
    await asyncio.sleep(wait_s)
    with contextlib.suppress(ProcessLookupError):
        running.kill()
    await running.wait()


def locks(conn: Connection) -> bool:
    return bool(conn.execute(HELD).scalar())


def is_locked(url: str) -> bool:
    with sqlite3.connect(url.removeprefix("sqlite:///"), timeout=0, isolation_level=None) as conn:
        try:
            conn.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        conn.execute("ROLLBACK")
    return False
