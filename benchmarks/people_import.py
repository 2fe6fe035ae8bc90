"""HR's file of 10,000 lines: how long the dry run and the import take, against inserting the same rows alone.

Run with `python -m benchmarks.people_import`. Half of the people are known, in 200 teams; then all of them move to
other teams, managers and cost centres, which is the most that a file can change. The bare insert puts the rows that the
import writes into tables of the same shape, in one transaction, with the same driver.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

from sqlalchemy import Connection, text

from benchmarks.stage import Result, cluster_or_none, urls
from budget.org import roster
from budget.org.roster import Import
from budget.org.roster_lines import read
from store import people
from store.accounts import account_id
from store.database import Database
from store.many import insert_many, tell_nobody
from store.roster_writes import create_teams
from store.tables import FAR, account, audit, membership, person
from store.tables import roster as roster_table

PEOPLE, TEAMS, TURNS = 10_000, 200, 3
WORKSPACE = "T0ACME"
GOAL_S = 10.0
BEGAN = datetime(2026, 1, 1, 12, tzinfo=UTC)
HEAD = "email,team,manager,cost_centre,cost_centre_from,start,end"
TABLES = (roster_table, membership, audit, person)


def mail(number: int) -> str:
    """Somebody's e-mail."""
    return f"person{number:05d}@acme.example"


def file_of(turn: int) -> bytes:
    """Everybody, elsewhere than the turn before; a manager for every ten."""
    day = (BEGAN + timedelta(days=turn)).date()
    lines = [
        f"{mail(number)},Team {(number + turn) % TEAMS},{mail(number // 10) if number else ''},"
        f"CC-{(number + turn) % 50},{day},2024-0{1 + (number + turn) % 9}-01,"
        for number in range(PEOPLE)
    ]
    return "\n".join([HEAD, *lines]).encode()


def begin(conn: Connection) -> None:
    """A workspace with teams, and half of its people known."""
    people.ensure_workspace(conn, WORKSPACE, "Acme", BEGAN)
    create_teams(conn, WORKSPACE, [(f"team{number}", f"Team {number}") for number in range(TEAMS)], BEGAN)
    known: list[dict[str, Any]] = [
        {"id": f"{WORKSPACE}:U{number}", "workspace_id": WORKSPACE, "slack_id": f"U{number}", "name": f"P {number}",
         "email": mail(number), "is_admin": False, "created_at": BEGAN}
        for number in range(PEOPLE // 2)
    ]  # fmt: skip
    insert_many(conn, person, known)
    wallets = [
        {"id": account_id("person", each["id"]), "workspace_id": WORKSPACE, "kind": "person", "owner_id": each["id"],
         "next_event_at": FAR}
        for each in known
    ]  # fmt: skip
    insert_many(conn, account, wallets)
    for table in TABLES:
        conn.execute(text(f"CREATE TABLE bare_{table.name} AS SELECT * FROM {table.name} WHERE 1 = 0"))


def asked(turn: int) -> Import:
    """The import of a turn, read from its file."""
    ids, at = count(), BEGAN + timedelta(days=turn)
    day: date = at.date()
    return Import(WORKSPACE, read(file_of(turn)), day, at, lambda: f"id{turn}-{next(ids)}", lambda _: None)


def rows_of(conn: Connection) -> dict[str, list[dict[str, object]]]:
    """What the last import left, by table."""
    return {
        table.name: [dict(row) for row in conn.execute(text(f"SELECT * FROM {table.name}")).mappings()]
        for table in TABLES
    }


def bare(conn: Connection, rows: dict[str, list[dict[str, object]]]) -> None:
    """Insert rows, and nothing else."""
    for name, each in rows.items():
        columns = list(each[0])
        marks = ", ".join(f":{column}" for column in columns)
        conn.execute(text(f"INSERT INTO bare_{name} ({', '.join(columns)}) VALUES ({marks})"), each)


async def timed(work: Callable[[], Awaitable[object]]) -> float:
    """Seconds."""
    started_s = time.monotonic()
    await work()
    return time.monotonic() - started_s


async def bring_in(engine: str, url: str) -> list[Result]:
    """Dry run, import and bare insert, in turns; the first turn, when everybody is new, counts as well."""
    database = await Database.open(url)
    await database.write(begin)
    dry, done, plain = [], [], []
    for turn in range(TURNS):
        dry.append(await timed(partial(roster.look, database, asked(turn))))
        done.append(await timed(partial(carry_out, database, turn)))
        rows = await database.read(rows_of)
        rows["audit"] = rows["audit"][-2 * PEOPLE :]
        plain.append(await timed(partial(database.write, partial(bare, rows=rows))))
    same = not (await roster.look(database, asked(TURNS - 1))).differences
    await database.close()
    look_s, done_s, plain_s = map(statistics.median, (dry, done, plain))
    ratio = statistics.median(ours / theirs for ours, theirs in zip(done, plain, strict=True))
    figures = (
        f"dry run {look_s:.1f} s; import {done_s:.1f} s, {ratio:.1f} times a bare insert of its rows ({plain_s:.1f} s)"
    )
    goal = f"import under {GOAL_S:.0f} s, the same again no difference"
    return [Result(f"import of {PEOPLE:,} lines, everybody moves", engine, figures, goal, max(done) < GOAL_S and same)]


async def carry_out(database: Database, turn: int) -> None:
    """The import, file and all."""
    found = await roster.carry_out(database, asked(turn), lambda _: tell_nobody)
    assert not found.problems, found.problems[:3]
    assert len(found.differences) == PEOPLE, len(found.differences)


async def run_async() -> list[Result]:
    """Both engines, where both are there."""
    with cluster_or_none() as cluster, urls(cluster) as found:
        return [row for engine, url in found.items() for row in await bring_in(engine, url)]


def run() -> list[Result]:
    """Measure."""
    return asyncio.run(run_async())


if __name__ == "__main__":
    for row in run():
        print(f"{row.engine}, {row.what}: {row.figures}; met: {row.met}")
