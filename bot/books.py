"""The database for a command that looks at it or mends it: open, and of this version."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from bot.wiring import Problems
from store import schema
from store.database import Database
from store.schema import TooNew


@contextlib.asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """Open it, and close it. Nothing is upgraded. Raises Problems, TooNew, Unavailable."""
    found = await asyncio.to_thread(schema.current, url)
    if found is not None and found not in schema.versions():
        raise TooNew(schema.too_new(found))
    if found != schema.expected():
        raise Problems(["The database is not at this version's schema; run `stipend db upgrade` first."])
    database = await Database.open(url)
    try:
        yield database
    finally:
        await database.close()
