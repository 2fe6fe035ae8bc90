"""The database for a command that looks at it or mends it: open, and of this version."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from bot.wiring import Problems
from store import schema
from store.database import Database
from store.engines import file_of
from store.schema import TooNew

NO_FILE = (
    "The database file {file} is not there; check DATABASE_URL and the folder this runs in, or make new books with "
    "`stipend db upgrade`."
)
NO_BOOKS = "There are no books in this database; check DATABASE_URL, or make new ones with `stipend db upgrade`."


@contextlib.asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """Open it, and close it. Nothing is upgraded. Raises Problems, TooNew, Unavailable."""
    file = file_of(url)
    if file and not file.is_file():  # looking would make an empty one
        raise Problems([NO_FILE.format(file=file)])
    found = await asyncio.to_thread(schema.current, url)
    if found is None:
        raise Problems([NO_BOOKS])
    if found not in schema.versions():
        raise TooNew(schema.too_new(found))
    if found != schema.expected():
        raise Problems(["The database is not at this version's schema; run `stipend db upgrade` first."])
    database = await Database.open(url)
    try:
        yield database
    finally:
        await database.close()
