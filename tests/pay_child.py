"""Paying allowances in children that are to be killed; each is a fork of something already imported.

`python -m tests.pay_child URL AT`: for each line that the parent writes, a child that pays what is due, to the end.
"""

import asyncio
import os
import sys
from datetime import datetime

from budget.allowances.payout import pay_due
from store.database import Database
from tests.commanding import Office


async def work(url: str, at: datetime) -> None:
    """One clock's tick."""
    database = await Database.open(url)
    await pay_due(Office(database, at=at).house)
    await database.close()


def main(url: str, at: datetime) -> None:
    """Fork a child for each line; say its id, and, for a line that says so, wait for all of them."""
    children: list[int] = []
    for line in sys.stdin:
        if line.strip() == "wait":
            codes = [os.waitpid(child, 0)[1] for child in children]
            os.write(1, f"{' '.join(map(str, codes))}\n".encode())
            children = []
            continue
        child = os.fork()
        if child == 0:
            asyncio.run(work(url, at))
            os._exit(0)
        children.append(child)
        os.write(1, f"{child}\n".encode())


if __name__ == "__main__":
    main(sys.argv[1], datetime.fromisoformat(sys.argv[2]))
