"""The work of children that are to be killed. What was committed is told to the parent, in the order of the answers.

A process of its own, `python -m tests.kill_child URL`, so that a child is a fork of something already imported.
"""

import asyncio
import json
import os
import random
import sys
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from store.database import Database
from store.ledger.steps import Answer, Dispatch, Hold, HoldState, Release, Settle, Step, Transfer, Transferred
from tests.ledger_help import ISSUED, at, wallet

TASKS, WALLETS, LIFE_S = 4, 3, 5

Told = tuple[Any, ...]


def steps(life: int, task: int) -> Iterator[Step]:
    """The steps of one task in one life: the same each time, so that they can be repeated."""
    dice = random.Random(f"{life}/{task}")
    for number in range(10_000):
        key, now = f"{life}/{task}/{number}", at(life)
        account = wallet(dice.randrange(WALLETS))
        yield Hold(f"h{key}", account, 1, dice.randrange(1, 200), now, at(life + LIFE_S))
        ending = dice.random()
        if ending < 0.8:
            yield Dispatch(f"h{key}", now)
        if ending < 0.6:
            yield Settle(f"h{key}", dice.randrange(0, 250), now)
        elif ending < 0.7 or ending > 0.9:
            yield Release(f"h{key}", now)
        if dice.random() < 0.3:
            other = wallet(dice.randrange(WALLETS))
            until = at(life + dice.randrange(1, 20)) if dice.random() < 0.5 else None
            debit = account if dice.random() < 0.5 and other != account else ISSUED
            yield Transfer(f"t{key}", "move", debit, other, dice.randrange(1, 400), now, until_at=until)


def told(answer: Answer) -> Told | None:
    """What the parent is told of an answer; nothing of refusals."""
    if isinstance(answer, HoldState):
        paid = (answer.charged_micros or 0, answer.overrun_micros)
        return ("hold", answer.key, answer.state, answer.amount_micros, *paid)
    if isinstance(answer, Transferred):
        return ("transfer", answer.key, answer.amount_micros)
    return None


def tell(line: Told) -> None:
    """One line to the parent, in one write: a kill cannot cut it."""
    os.write(1, json.dumps(line).encode() + b"\n")


async def work(url: str, life: int) -> None:
    """Take steps until killed, beginning with what the life before began with."""
    database = await Database.open(url)

    async def task(number: int) -> None:
        again = islice(steps(life - 1, number), 6)
        for step in chain(again, steps(life, number)):
            line = told(await database.post(step))
            if line is not None:
                tell(line)

    await asyncio.gather(*(task(number) for number in range(TASKS)))


async def some(url: str, lives: int, count: int) -> None:
    """The first steps of some lives, all tasks at once, to the end: several processes may do the very same ones."""
    database = await Database.open(url)

    async def task(life: int, number: int) -> None:
        for step in islice(steps(life, number), count):
            await database.post(step)

    await asyncio.gather(*(task(life, number) for life in range(lives) for number in range(TASKS)))
    await database.close()


def main(url: str) -> None:
    """Fork a child for each life that the parent names; say its id, and when it has ended."""
    for life in sys.stdin:
        child = os.fork()
        if child == 0:
            asyncio.run(work(url, int(life)))
        tell(("child", child))
        os.waitpid(child, 0)
        tell(("end",))


if __name__ == "__main__":
    if len(sys.argv) > 2:
        asyncio.run(some(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
    else:
        main(sys.argv[1])
