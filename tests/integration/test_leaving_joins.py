"""Somebody is leaving, in a transaction still open, while a group or HR's file would put them into a team."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

from budget.org import groups, leaving
from budget.org.typed import BindGroup, GroupRef
from budget.outcome import No
from budget.typed import TeamRef
from store import leaving as records
from store import roster, teams
from store.database import Connection
from store.people import Person
from tests.commanding import WORKSPACE, Office
from tests.importing import Hr, file_of

OPEN_S = 0.4


async def while_leaving(office: Office, person: Person, work: Callable[[], Awaitable[Any]]) -> Any:
    """Begin some work once somebody has left, in a transaction that is not finished before OPEN_S later."""
    began = threading.Event()

    def leave(conn: Connection) -> None:
        locked = records.locked(conn, person.id)
        assert locked is not None
        leaving.leave(conn, office.house, locked, why="admin", actor_id=None, origin="test")
        began.set()
        time.sleep(OPEN_S)

    gone = asyncio.create_task(office.database.write(leave))
    await asyncio.to_thread(began.wait)
    done = await work()
    await gone
    return done


async def teams_of(office: Office, person: Person) -> list[str]:
    found = await office.database.read(lambda conn: teams.memberships(conn, person.id))
    return [team.name for team, _ in found]


async def test_a_group_does_not_put_them_back(office: Office, ada: Person, bob: Person, eve: Person) -> None:
    await office.done(ada, "team create Data")
    command = BindGroup(TeamRef("Data"), GroupRef("S1"))
    assert not isinstance(await groups.bind(office.house, ada.id, command, origin="test"), No)
    team = await office.database.read(lambda conn: teams.by_name(conn, WORKSPACE, "Data"))
    assert team is not None
    ids = {"UEVE", "UBOB"}
    synced = await while_leaving(
        office, eve, lambda: groups.sync(office.house, team, ids, actor_id=None, origin="test")
    )
    assert ([each.id for each in synced.joined], [each.id for each in synced.turned_away]) == ([bob.id], [eve.id])
    assert await teams_of(office, eve) == []
    await office.verified()


async def test_an_import_does_not_put_them_back(office: Office, bob: Person, eve: Person) -> None:
    hr = Hr(office)
    text = file_of("eve@example.com,Data", "bob@example.com,Data")
    await while_leaving(office, eve, lambda: hr.carry_out(text))
    assert await teams_of(office, eve) == []
    assert "Data" in await teams_of(office, bob)
    added = [note.new for note in await office.audit() if note.action == "add member" and note.origin == "cli"]
    assert added == [bob.id]
    row = await office.database.read(lambda conn: roster.row(conn, WORKSPACE, "eve@example.com"))
    assert row is not None
    assert row.person_id == eve.id
    await office.verified()
