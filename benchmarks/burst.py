"""A burst: 500 mentions in the same moment through Socket Mode, to one bot; how soon each is acknowledged.

Run with `python -m benchmarks.burst`. The time runs from the moment at which the workspace writes an envelope to the
moment at which it reads the acknowledgement, which follows the commit of the question.
"""

import asyncio
import math

from benchmarks.stage import Crowd, Result, cluster_or_none, crowd, start_bot, urls

MENTIONS, WARM_UP = 500, 20
TOLD = 3  # envelopes: the mention as such, as a message of its channel, and our answer, which is one too
GOAL_P99_S = 0.5
TIMEOUT_S = 300.0


def quantile(sorted_s: list[float], share: float) -> float:
    """The value that a share of them do not exceed."""
    return sorted_s[max(0, math.ceil(share * len(sorted_s)) - 1)]


async def burst(engine: str, url: str) -> Result:
    """One burst on one engine."""
    async with crowd(url, rooms=MENTIONS) as at:
        await start_bot(at)
        hub = at.stage.workspace.world.hub
        await at.stage.people.timing(ack_timeout_s=60)  # what is late shows as late, and not as a second delivery
        for number in range(WARM_UP):
            await at.ask(number, "warm up")
        if await at.all_told(WARM_UP, TIMEOUT_S) is None:
            raise AssertionError(at.stage.log[-3000:])
        hub.acks_s.clear()
        asked = [(await at.ask(number))[1:] for number in range(MENTIONS)]
        took_s = await at.all_told(WARM_UP + MENTIONS, TIMEOUT_S)
        return await judge(engine, at, asked, sorted(hub.acks_s), took_s)


async def judge(
    engine: str, at: Crowd, asked: list[tuple[str, str]], acks_s: list[float], took_s: float | None
) -> Result:
    """The figures, and whether each mention was answered and charged once."""
    ended, calls = await at.ended(), await at.model.received()
    answers = [len(at.lasting(where, ts)) for where, ts in asked]
    everything = WARM_UP + MENTIONS
    lost, doubled = sum(not count for count in answers), sum(count > 1 for count in answers)
    once = ended.whole and ended.states == {"settled": everything} and ended.payments == calls == everything
    p50_s, p99_s = quantile(acks_s, 0.5), quantile(acks_s, 0.99)
    figures = (
        f"acknowledged p50 {p50_s * 1e3:.0f} ms, p99 {p99_s * 1e3:.0f} ms; all answered after "
        f"{'more than ' if took_s is None else ''}{took_s or TIMEOUT_S:.0f} s; lost {lost}, answered twice {doubled}, "
        f"charged twice {ended.payments - everything}"
    )
    met = p99_s < GOAL_P99_S and not lost and not doubled and once and len(acks_s) == TOLD * MENTIONS
    return Result(f"{MENTIONS} mentions in a burst", engine, figures, "p99 under 500 ms, none lost, none twice", met)


async def run_async() -> list[Result]:
    """Both engines, where both are there."""
    with cluster_or_none() as cluster, urls(cluster) as found:
        return [await burst(engine, url) for engine, url in found.items()]


def run() -> list[Result]:
    """Measure."""
    return asyncio.run(run_async())


if __name__ == "__main__":
    for row in run():
        print(f"{row.engine}, {row.what}: {row.figures}; met: {row.met}")
