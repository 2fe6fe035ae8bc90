"""Everything breaks at random while people ask: each question has one outcome that its asker sees; the books add up.

STIPEND_FAULTS_S says how long (30 seconds on each engine unless told otherwise), STIPEND_FAULTS_SEED with which dice.
"""

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from sandbox.seed import ADA, ALAN, FRANCES, GRACE
from store.database import Connection, Database
from tests.acceptance.misfortune import FullDisk, Model, Server, Slack, wire
from tests.acceptance.stage import Stage, on_stage
from tests.cluster import INSTALL, name_of, new_cluster, programs, remove
from tests.conftest import lacking
from tests.workspace_client import JsonObject

LASTS_S = float(os.environ.get("STIPEND_FAULTS_S", "30"))
SEED = os.environ.get("STIPEND_FAULTS_SEED", "20261122")
ASKS_PER_S, ROOMS = 1.5, 40
RETRIES_S = [0.5, 1, 2, 3, 5, 8, 13, 20, 30, 60]
CALM_S = 240.0  # for everything to come to its end afterwards
PEOPLE = (ADA, ALAN, GRACE)
OTHER_WORDS = ("could not take your question", "$", "granted you")  # what is no outcome, by its beginning or part

Asked = tuple[str, str, str, str | None]  # who, where, ts, thread


@pytest.fixture
async def on_sqlite(sqlite_url: str, tmp_path: Path) -> AsyncIterator[tuple[Stage, Callable[[], Awaitable[None]]]]:
    """One bot, on a disk that fills up."""
    async with on_stage(sqlite_url, tmp_path) as stage:
        yield stage, FullDisk(stage, random.Random(f"{SEED}:disk")).fault


@pytest.fixture
async def on_postgresql(tmp_path: Path) -> AsyncIterator[tuple[Stage, Callable[[], Awaitable[None]]]]:
    """Two bots, on a server behind a bad wire."""
    if programs() is None:
        lacking(INSTALL)
    cluster = await asyncio.to_thread(new_cluster)
    try:
        async with wire(cluster) as line:
            url = await asyncio.to_thread(cluster.database)
            through = f"postgresql://postgres@127.0.0.1:{line.port}/{name_of(url)}"
            async with on_stage(through, tmp_path) as stage:
                yield stage, Server(cluster, line, url, random.Random(f"{SEED}:server")).fault
    finally:
        await asyncio.to_thread(remove, cluster)


async def ask_on(stage: Stage, dice: random.Random, until_s: float) -> list[Asked]:
    """Questions at a steady pace: in rooms, in threads, in direct messages."""
    app = stage.workspace.world.state.app.user_id
    rooms = [await stage.people.channel(f"room-{number}", [*PEOPLE, app]) for number in range(ROOMS)]
    roots = [(room, await stage.people.send(ALAN, room, "a thread")) for room in rooms[:10]]
    direct = {who: await stage.people.app_dm(who) for who in PEOPLE}
    asked: list[Asked] = []
    while time.monotonic() < until_s:
        who, kind = dice.choice(PEOPLE), dice.random()
        where, thread = (
            (direct[who], None)
            if kind < 0.2
            else dice.choice(roots)
            if kind < 0.4
            else (rooms[len(asked) % ROOMS], None)
        )
        words = "how?" if kind < 0.2 else "@stipend how?"
        asked.append((who, where, await stage.people.send(who, where, words, thread), thread))
        await asyncio.sleep(dice.uniform(0.5, 1.5) / ASKS_PER_S)
    return asked


async def break_things(
    fault: Callable[[], Awaitable[None]], dice: random.Random, pause_s: float, until_s: float
) -> int:
    """One misfortune after the other, with pauses; how many there were."""
    count = 0
    while time.monotonic() < until_s:
        await asyncio.sleep(dice.uniform(0.3, 1.7) * pause_s)
        await fault()
        count += 1
    return count


Row = dict[str, str | int | bool | None]


def _rows(conn: Connection) -> list[Row]:
    query = (
        "SELECT a.id, a.message_ts, a.state, a.outcome, a.told_at, COALESCE(a.cost_micros, 0) AS cost_micros, "
        "(SELECT COUNT(*) FROM transfer t WHERE t.hold_key = a.hold_key AND t.kind = 'consume' "
        " AND t.debit_account_id = a.account_id) AS charges FROM ask a"
    )
    return [dict(row._mapping) for row in conn.execute(text(query))]


def is_over(row: Row) -> bool:
    """It has ended, and its asker was told."""
    return row["told_at"] is not None and row["state"] not in ("received", "held", "streaming")


async def calm(stage: Stage, database: Database, asked: list[Asked]) -> dict[str, Row]:
    """All asks by their message's time, once all are over."""
    deadline_s, rows = time.monotonic() + CALM_S, dict[str, Row]()
    while time.monotonic() < deadline_s:
        rows = {str(row["message_ts"]): row for row in await database.read(_rows)}
        if len(rows) == len(asked) and all(map(is_over, rows.values())):
            return rows
        await asyncio.sleep(0.5)
    open_ones = [row for row in rows.values() if not is_over(row)][:5]
    lost = [ts for _, _, ts, _ in asked if ts not in rows][:5]
    raise AssertionError(f"of {len(asked)}: not over {open_ones}, never recorded {lost}\n{stage.log[-4_000:]}")


async def outcomes(stage: Stage, one: Asked, row: Row) -> list[JsonObject]:
    """What its asker can see of the end of one question: in its thread, beside it, or in their direct messages."""
    who, where, ts, thread = one
    key, dm = str(row["id"]), await stage.people.app_dm(who)
    there = [m for m in await stage.people.messages(who, where, thread or ts) if m["ts"] > ts]
    beside = await stage.people.messages(who, where)
    direct = await stage.people.messages(who, dm) if where != dm else []
    mine = {m["ts"]: m for m in (*there, *beside, *direct) if "bot_id" in m and is_of(m, key)}
    return [m for m in mine.values() if not any(words in m["text"] for words in OTHER_WORDS[:1])]


def is_of(message: JsonObject, key: str) -> bool:
    """Whether a message carries the mark, or the reference, of an ask."""
    marked = str(((message.get("metadata") or {}).get("event_payload") or {}).get("key"))
    return marked == key or marked.startswith(f"{key}:") or key in str(message["blocks"])


def has_end(message: JsonObject) -> bool:
    """An answer's last line, or the words for the asker alone."""
    return any(block["type"] in ("context", "section", "actions") for block in message["blocks"])


async def judge(stage: Stage, asked: list[Asked], rows: dict[str, Row]) -> Counter[str]:
    """Every question has one outcome; nothing was charged twice. How they ended."""
    ended: Counter[str] = Counter()
    for one in asked:
        row = rows[one[2]]
        seen = await outcomes(stage, one, row)
        ends = [m for m in seen if has_end(m)]
        told = {m["text"] for m in ends}  # twice the same words, where Slack's answer was lost and cannot be looked up
        assert ends, f"nothing is to be seen of {row} in {one}: {seen}"
        assert len(told) == 1, f"{row} in {one} ended in several ways: {[m['blocks'] for m in ends]}"
        assert len([m for m in ends if not m["ephemeral"] and m["channel"] == one[1]]) <= 1, f"{row}: shown twice"
        assert not [m for m in seen if m not in ends and not m["ephemeral"]], f"{row}: something is left over in {one}"
        assert int(str(row["charges"])) <= 1, f"{row} was charged twice"
        ended[f"{row['outcome']}"] += 1
        ended["told twice"] += len(ends) - 1
    return ended


async def run(stage: Stage, database_fault: Callable[[], Awaitable[None]], bots: int) -> None:
    """The load and the misfortunes; then calm, and the judgement."""
    dice = {name: random.Random(f"{SEED}:{name}") for name in ("load", "slack", "socket", "model", "times")}
    slack, model = Slack(stage, dice["slack"]), Model(stage, dice["model"])
    await stage.people.timing(ack_timeout_s=2, retry_delays_s=RETRIES_S)
    for _ in range(bots):
        await stage.start_bot(STIPEND_LEASE_S="3")
    await stage.stock()
    await stage.command(GRACE, "/tokens grant @Alan Turing $5")
    for who in ("@Alan Turing", "@Grace Hopper"):
        await stage.command(FRANCES, f"/tokens move $5 from company to {who}")
    until_s = time.monotonic() + LASTS_S
    asked, *counts = await asyncio.gather(
        ask_on(stage, dice["load"], until_s),
        break_things(slack.fault, dice["times"], 0.7, until_s),
        break_things(slack.socket, dice["times"], 6, until_s),
        break_things(model.fault, dice["times"], 3, until_s),
        break_things(database_fault, dice["times"], 7, until_s),
    )
    await stage.people.clear_faults()
    database = await Database.open(stage.url)
    try:
        rows = await calm(stage, database, asked)
    finally:
        await database.close()
    report = await stage.verified()
    ended = await judge(stage, asked, rows)
    print(f"{len(asked)} asks, misfortunes (calls, sockets, model, database) {counts}: {dict(ended)}; {report.counts}")
    assert "Traceback" not in stage.log, stage.log[stage.log.index("Traceback") - 2_000 :][:6_000]


async def seeded(work: Awaitable[None]) -> None:
    """The seed is told with every failure."""
    print(f"STIPEND_FAULTS_SEED={SEED} STIPEND_FAULTS_S={LASTS_S:.0f}")
    try:
        await work
    except BaseException as fault:
        fault.add_note(f"again: STIPEND_FAULTS_SEED={SEED} STIPEND_FAULTS_S={LASTS_S:.0f}")
        raise


@pytest.mark.slow
@pytest.mark.timeout(LASTS_S + CALM_S + 120)
async def test_on_sqlite(on_sqlite: tuple[Stage, Callable[[], Awaitable[None]]]) -> None:
    stage, fault = on_sqlite
    await seeded(run(stage, fault, bots=1))


@pytest.mark.slow
@pytest.mark.timeout(LASTS_S + CALM_S + 120)
async def test_two_bots_on_postgresql(on_postgresql: tuple[Stage, Callable[[], Awaitable[None]]]) -> None:
    stage, fault = on_postgresql
    await seeded(run(stage, fault, bots=2))
