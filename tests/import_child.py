"""An import in a process of its own, to be killed: `python -m tests.import_child URL FILE`."""

import asyncio
import sys
from pathlib import Path

from store.database import Database
from tests.commanding import Office
from tests.importing import Hr


async def main(url: str, path: str) -> None:
    """Bring the file in."""
    database = await Database.open(url)
    await Hr(Office(database)).carry_out(await asyncio.to_thread(Path(path).read_text))
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
