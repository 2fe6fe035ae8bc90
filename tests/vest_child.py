"""A process that vests until it is killed: `python -m tests.vest_child URL`. It says a line when it begins."""

import asyncio
import sys

from budget.packages.vesting import vest_due
from store.database import Database
from tests.commanding import Office


async def work(url: str) -> None:
    database = await Database.open(url)
    office = Office(database)
    print("begins", flush=True)  # to the parent
    await vest_due(office.house)
    await database.close()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1]))
