"""The budget of ten asks, and 200 asked at once of several bots on one PostgreSQL: exactly ten are answered.

Run with `python -m benchmarks.last_money`.
"""

import asyncio

from benchmarks.stage import Crowd, Result, available_micros, cluster_or_none, crowd, start_bot
from budget.asking.context import compose

ASKS, AFFORDED, CAP = 200, 10, 500
QUESTION = "go"
TIMEOUT_S = 240.0


def bound_micros() -> int:
    """What is held for one ask, at a micro-dollar for an input token and two for an output token."""
    return compose(QUESTION, (), thread_tokens=0, total_tokens=10_000).input_tokens + 2 * CAP


async def spend(url: str, bots: int) -> Result:
    """Two hundred at once, over so many bots."""
    one = bound_micros()
    async with crowd(url, people=1, rooms=ASKS, each_micros=AFFORDED * one, cap=CAP) as at:
        counted = {"prompt_tokens": one - 2 * CAP, "completion_tokens": CAP, "total_tokens": one - CAP}
        await at.model.control("script", {"pieces": ["done"], "first_s": 0.5, "usage": counted})
        await asyncio.gather(*(start_bot(at) for _ in range(bots)))
        await at.stage.people.wait_connected(bots, 60)
        await at.stage.people.timing(ack_timeout_s=60)
        asked = [(await at.ask(number, QUESTION))[1:] for number in range(ASKS)]
        took_s = await at.all_told(ASKS, TIMEOUT_S)
        answers = sum(len(at.lasting(where, ts)) for where, ts in asked)
        return await judge(at, bots, answers, took_s)


async def judge(at: Crowd, bots: int, answers: int, took_s: float | None) -> Result:
    """The figures, and whether exactly as many were answered and paid as the budget covers."""
    ended, calls = await at.ended(), await at.model.received()
    left, paid = await available_micros(at.database, at.people[0]), AFFORDED * bound_micros()
    figures = (
        f"{answers} answered, {ended.states['refused']} refused, {calls} calls of the model; "
        f"{left} micro-dollars left; all told after {'more than ' if took_s is None else ''}{took_s or TIMEOUT_S:.0f} s"
    )
    states = {"settled": AFFORDED, "refused": ASKS - AFFORDED}
    met = ended.whole and ended.states == states and (calls, answers, left) == (AFFORDED, AFFORDED, 0)
    met = met and ended.paid_micros == paid and ended.payments == AFFORDED
    what = f"{ASKS} asks at once, budget for {AFFORDED}, {bots} bots"
    return Result(what, "PostgreSQL", figures, "exactly ten, balance exact", met)


async def run_async() -> list[Result]:
    """Over two and over four bots; nothing where there is no PostgreSQL."""
    with cluster_or_none() as cluster:
        return [await spend(cluster.database(), bots) for bots in (2, 4)] if cluster else []


def run() -> list[Result]:
    """Measure."""
    return asyncio.run(run_async())


if __name__ == "__main__":
    for row in run():
        print(f"{row.engine}, {row.what}: {row.figures}; met: {row.met}")
