"""A thousand asks in flight at once in one bot: what memory they take, and how long until each has its answer.

Run with `python -m benchmarks.in_flight`. Every ask is in a thread of its own; each answer streams for a while, so that
all of them are in flight together: the model counts how many it has open.
"""

import asyncio
import re
from pathlib import Path

from benchmarks.stage import Crowd, Result, cluster_or_none, crowd, start_bot, urls

ASKS, PER_ROOM = 1_000, 2
WORDS, BETWEEN_S, FIRST_S = 40, 0.5, 5.0  # an answer takes 25 s
GOAL_MB = 400
TIMEOUT_S = 300.0
ANSWER = tuple(f"word{number} of an answer " for number in range(WORDS))


def peak_mb(pid: int) -> float:
    """The most memory that a process has had, in MB (10^6 bytes)."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) * 1024 / 1e6


async def most_open(at: Crowd) -> int:
    """How many calls the model had open at the most, until all were received."""
    most = 0
    while most < ASKS:
        state = await at.model.control("state")
        most = max(most, int(state["received"]) - int(state["answered"]) - int(state["hung_up"]))
        if state["received"] >= ASKS and state["answered"]:
            break
        await asyncio.sleep(0.5)
    return most


async def fly(engine: str, url: str) -> Result:
    """A thousand asks on one engine."""
    async with crowd(url, rooms=ASKS // PER_ROOM) as at:
        await at.model.control("script", {"pieces": ANSWER, "first_s": FIRST_S, "between_s": BETWEEN_S})
        await start_bot(at, STIPEND_ASKS_AT_ONCE=str(ASKS))
        bot = at.stage.bots[0]
        before_mb = peak_mb(bot.pid)
        await at.stage.people.timing(ack_timeout_s=60)
        asked = [(await at.ask(number))[1:] for number in range(ASKS)]
        counting = asyncio.create_task(most_open(at))
        took_s = await at.all_told(ASKS, TIMEOUT_S)
        counting.cancel()
        found = await asyncio.gather(counting, return_exceptions=True)
        whole = sum(is_whole(at, where, ts) for where, ts in asked)
        ended, mb = await at.ended(), peak_mb(bot.pid)
    most = found[0] if isinstance(found[0], int) else 0
    figures = (
        f"{most:,} at once; {mb:.0f} MB at the peak ({before_mb:.0f} MB idle); "
        f"{whole:,} answers complete after {'more than ' if took_s is None else ''}{took_s or TIMEOUT_S:.0f} s"
    )
    met = mb < GOAL_MB and whole == ASKS and ended.whole and ended.payments == ASKS and most >= 0.95 * ASKS
    return Result(f"{ASKS:,} asks in flight in one bot", engine, figures, "under 400 MB, all complete", met)


def is_whole(at: Crowd, where: str, ts: str) -> bool:
    """Whether the one answer to a question has every word."""
    answers = at.lasting(where, ts)
    return len(answers) == 1 and answers[0].split() == "".join(ANSWER).split()


async def run_async() -> list[Result]:
    """Both engines, where both are there."""
    with cluster_or_none() as cluster, urls(cluster) as found:
        return [await fly(engine, url) for engine, url in found.items()]


def run() -> list[Result]:
    """Measure."""
    return asyncio.run(run_async())


if __name__ == "__main__":
    for row in run():
        print(f"{row.engine}, {row.what}: {row.figures}; met: {row.met}")
