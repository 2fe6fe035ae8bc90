"""kill -9 of one of two bots every second for a minute, under load, on one PostgreSQL; each is started again.

Run with `python -m benchmarks.kills`. No ask may be lost or charged twice, and each has one end that its asker can see.
"""

import asyncio
import os
import random
import signal
import time
from collections import Counter

from sqlalchemy import text

from benchmarks.stage import Crowd, Result, cluster_or_none, crowd, start_bot
from store.database import Connection
from tests.workspace_client import JsonObject

LASTS_S, EVERY_S = 60.0, 1.0
ASKS_PER_S = 5.0
TIMEOUT_S = 150.0
RETRIES_S = [0.2, 1, 1, 2, 3, 5, 8, 13]
SEED = 20

Asked = list[tuple[str, str, str]]  # who, where, ts


async def load(at: Crowd, until_s: float) -> Asked:
    """Questions at a steady pace."""
    asked: Asked = []
    while time.monotonic() < until_s:
        asked.append(await at.ask(len(asked)))
        await asyncio.sleep(1 / ASKS_PER_S)
    return asked


async def kill_again_and_again(at: Crowd, until_s: float) -> int:
    """Every second one of the two, whatever it is at; how many were killed."""
    dice, kills = random.Random(SEED), 0
    starting: set[asyncio.Task[None]] = set()
    while time.monotonic() < until_s:
        await asyncio.sleep(EVERY_S)
        victim = dice.choice([bot for bot in at.stage.bots if bot.returncode is None] or [None])
        if victim is not None:
            os.kill(victim.pid, signal.SIGKILL)
            await victim.wait()
            kills += 1
        running = sum(bot.returncode is None for bot in at.stage.bots)
        for _ in range(2 - running):
            starting.add(asyncio.create_task(restart(at)))
    await asyncio.gather(*starting)
    return kills


async def restart(at: Crowd) -> None:
    """A bot; it may be killed before it is connected."""
    try:
        await start_bot(at, STIPEND_LEASE_S="2", STIPEND_LOG_LEVEL="info")
    except (AssertionError, TimeoutError):
        return


async def ends_of(at: Crowd, who: str, where: str, ts: str, ask_id: str) -> tuple[int, int]:
    """What the asker can see of one question: lasting ends, and ends for their eyes alone."""
    people = at.stage.people
    thread = [m for m in await people.messages(who, where, ts) if m["ts"] != ts and "bot_id" in m]
    roots = [m for m in await people.messages(who, where) if "bot_id" in m and ask_id in str(m["blocks"])]
    lasting = [m for m in thread if not m["ephemeral"] and has_end(m)]
    alone = [m for m in (*thread, *roots) if m["ephemeral"] and ask_id in str(m["blocks"])]
    return len(lasting), len({m["ts"] for m in alone})


def has_end(message: JsonObject) -> bool:
    """Whether a message has the line that stands under a whole answer."""
    return any(block["type"] == "context" for block in message["blocks"])


def ids(conn: Connection) -> dict[str, str]:
    """Asks by the time of their message."""
    return {str(ts): str(ask_id) for ts, ask_id in conn.execute(text("SELECT message_ts, id FROM ask"))}


async def rampage(url: str) -> Result:
    """The whole minute, and what is left of it."""
    async with crowd(url, rooms=100) as at:
        await at.stage.people.timing(ack_timeout_s=1, retry_delays_s=RETRIES_S)
        await at.model.control("script", {"pieces": ["it ", "goes ", "on "] * 2, "between_s": 0.05})
        await asyncio.gather(*(start_bot(at, STIPEND_LEASE_S="2") for _ in range(2)))
        until_s = time.monotonic() + LASTS_S
        asked, kills = await asyncio.gather(load(at, until_s), kill_again_and_again(at, until_s))
        took_s = await at.all_told(len(asked), TIMEOUT_S)
        return await judge(at, asked, kills, took_s)


async def judge(at: Crowd, asked: Asked, kills: int, took_s: float | None) -> Result:
    """The figures."""
    known = await at.database.read(ids)
    ended, calls = await at.ended(), await at.model.received()
    seen = [await ends_of(at, who, where, ts, known.get(ts, "none")) for who, where, ts in asked]
    kinds = Counter(lasting + bool(alone) for lasting, alone in seen)
    lost, unseen, several = len(asked) - ended.asks, kinds[0], sum(kinds[count] for count in kinds if count > 1)
    again = sum(alone > 1 for _, alone in seen)
    outcomes = ", ".join(f"{count} {state}" for state, count in ended.states.most_common())
    figures = (
        f"{kills} kills, {len(asked)} asks ({outcomes}), {calls} calls of the model; lost {lost}, charged twice "
        f"{max(0, calls - len(asked))}, without an end {unseen}, with two ends {several} ({again} told again); "
        f"all told {'more than ' if took_s is None else ''}{took_s or TIMEOUT_S:.0f} s after the last"
    )
    met = ended.whole and not (lost or unseen or several) and calls <= len(asked)
    return Result("kill -9 of one of two bots each second", "PostgreSQL", figures, "none lost, one end and charge", met)


async def run_async() -> list[Result]:
    """A minute; nothing where there is no PostgreSQL."""
    with cluster_or_none() as cluster:
        return [await rampage(cluster.database())] if cluster else []


def run() -> list[Result]:
    """Measure."""
    return asyncio.run(run_async())


if __name__ == "__main__":
    for row in run():
        print(f"{row.engine}, {row.what}: {row.figures}; met: {row.met}")
