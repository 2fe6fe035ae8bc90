"""Vesting that is killed in the middle: some of it, and the rest later, never twice; and at midnight everywhere."""

import asyncio
import os
import random
import signal
import sys
from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from budget.house import Rules
from budget.packages import letters as kinds
from budget.packages import terms
from budget.packages.vesting import AT_ONCE, vest_due
from store import people
from store.database import Connection, Database
from store.people import Person
from tests.commanding import START, WORKSPACE, Office
from tests.offices import COMPANY, wallet
from tests.packaging import give, letters, made, of

PACKAGES = 3 * AT_ONCE
PART = 1_000_000


async def kill_one(url: str, after_s: float) -> None:
    """Let a child vest for a moment, kill it."""
    root = Path(__file__).parents[2]
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.vest_child", url, cwd=root, stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    assert await child.stdout.readline() == b"begins\n"
    await asyncio.sleep(after_s)
    if child.returncode is None:
        os.kill(child.pid, signal.SIGKILL)
    await child.wait()


async def test_killed_in_the_middle(office: Office, ada: Person, bob: Person, eve: Person, database_url: str) -> None:
    await office.done(ada, "fund $10000")
    for number in range(PACKAGES):
        await give(office, made((bob, eve)[number % 2], "2026-10-22", id=f"p{number:03}", annual_micros=12 * PART))
    dice = random.Random(1)
    for _ in range(2):
        await kill_one(database_url, dice.random() * 0.15)
        paid = await office.on(wallet(bob)) + await office.on(wallet(eve))
        assert paid % PART == 0
        assert len(await letters(office.database, kinds.VESTED)) == paid // PART, "a letter with every part, no other"
        await office.verified()
    await asyncio.gather(vest_due(office.house), vest_due(office.house))
    assert [await office.on(wallet(each)) for each in (bob, eve)] == [PACKAGES // 2 * PART] * 2
    assert await office.on(COMPANY) == 10_090_000_000 - PACKAGES * PART
    assert all(each.vested_months == 1 for each in await of(office, bob))
    assert len(await letters(office.database, kinds.VESTED)) == PACKAGES
    assert len([entry for entry in await office.audit() if entry.action == "vest"]) == PACKAGES


@pytest.mark.parametrize(
    ("zone", "starts_on"),
    [
        ("Pacific/Kiritimati", "2026-10-23"),
        ("Pacific/Pago_Pago", "2026-12-31"),
        ("Asia/Beirut", "2027-02-28"),  # 28 March 2027 begins at one o'clock
        ("Europe/Berlin", "2027-02-28"),  # summer begins on the day of the part
        ("America/New_York", "2026-10-01"),  # summer ends on it
    ],
)
async def test_midnight_is_the_workspaces(sqlite_database: Database, zone: str, starts_on: str) -> None:
    office = Office(sqlite_database, Rules(ZoneInfo(zone), admins=frozenset({"UADA"})))
    office.at = datetime(2026, 10, 1, tzinfo=UTC)
    ada = await office.meet("UADA")
    await office.done(ada, "fund $1000")
    package = await give(office, made(ada, starts_on, annual_micros=12 * PART))
    day = terms.month_day(package.starts_on, 1)
    midnight = datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
    shift = 3600 if midnight.astimezone(ZoneInfo(zone)).hour else 0  # there is no midnight that day
    for seconds, paid in ((-1 - shift, 0), (shift, 1), (shift + 86_400, 0)):
        office.at = datetime.fromtimestamp(midnight.timestamp() + seconds, UTC)
        assert await vest_due(office.house) == paid, (zone, seconds)
    assert await office.on(wallet(ada)) == PART


async def test_several_workspaces_each_with_its_own_pool(sqlite_database: Database) -> None:
    office = Office(sqlite_database)
    ada = await office.meet("UADA", "Ada")
    await office.done(ada, "fund $1000")

    def elsewhere(conn: Connection) -> Person:
        people.ensure_workspace(conn, "T2", "T2", START)
        return people.ensure_person(
            conn, workspace_id="T2", slack_id="UZOE", name="Zoe", email=None, timezone=None, is_admin=True, at=START
        )[0]

    zoe = await sqlite_database.write(elsewhere)
    await give(office, made(ada, "2026-10-22"))
    await give(office, made(zoe, "2026-10-22", id="p2", workspace_id="T2", payer_id=people.company_id("T2")))
    assert await vest_due(office.house) == 1
    assert (await office.on(wallet(ada)), await office.on(wallet(zoe))) == (100_000_000, 0)
    (short,) = await letters(sqlite_database, kinds.SHORT)
    assert (short.workspace_id, short.slack_id, WORKSPACE) == ("T2", "UZOE", "T1")
