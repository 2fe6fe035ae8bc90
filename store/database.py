"""The database as the rest of Stipend sees it: read, write, post a step to the ledger.

All queries are plain functions of a Connection and run in threads, on both engines alike. On SQLite one thread writes;
on PostgreSQL one thread posts steps and rows, and other writes take a connection each. Nothing is answered before it is
committed.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, cast

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from store.batches import commit_on_postgresql, commit_on_sqlite, connect, freed_by, raise_plainly, transact
from store.committer import Committer
from store.engines import LOOKERS, READERS, WRITERS, Unavailable, make_engine, parse
from store.ledger.checks import check
from store.ledger.steps import Answer, Step
from store.rows import NewRow

__all__ = ["Connection", "Database", "Unavailable"]

JUST_NOW_S = 0.02

T = TypeVar("T")


class Database:
    """One database, opened on a running event loop and used from it. `close()` closes every connection."""

    def __init__(self, url: str) -> None:
        parsed = parse(url)
        self.dialect = parsed.get_backend_name()
        on_sqlite = self.dialect == "sqlite"
        self._reading = make_engine(parsed, reading=True, pool_size=READERS)
        self._looking = make_engine(parsed, reading=True, single=True, pool_size=LOOKERS)
        self._writing = make_engine(parsed, pool_size=1 if on_sqlite else WRITERS)
        self._readers = ThreadPoolExecutor(READERS, "reader")
        self._lookers = ThreadPoolExecutor(LOOKERS, "looker")  # their own: an ask does not wait for a report
        self._writers = ThreadPoolExecutor(WRITERS - 1, "writer")  # one connection is the committer's
        commit = (commit_on_sqlite if on_sqlite else commit_on_postgresql)(self._writing)
        self._committer = Committer(commit, self._note_freed)
        self._freed_waiters: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._freed_at: dict[str, float] = {}
        self._loop = asyncio.get_running_loop()

    @classmethod
    async def open(cls, url: str) -> "Database":
        """Open a database that exists and is upgraded (`store.schema`).

        `url`: `sqlite:///file.db` or `postgresql://…`. Raises ValueError for an address we cannot use, Unavailable
        when nobody answers there.
        """
        database = cls(url)
        try:
            await database.read(lambda conn: conn.execute(text("SELECT 1")).scalar())
        except BaseException:
            await database.close()
            raise
        return database

    @property
    def is_shared(self) -> bool:
        """Whether other processes may work with it too; a SQLite file has one."""
        return self.dialect != "sqlite"

    async def read(self, query: Callable[[Connection], T]) -> T:
        """The answer of a query that only reads, all of it from one moment. Raises Unavailable."""
        return await self._loop.run_in_executor(self._readers, read_on, self._reading, query)

    async def look_up(self, query: Callable[[Connection], T]) -> T:
        """The same for a query that is one statement: it is cheaper, as a statement sees one moment by itself."""
        return await self._loop.run_in_executor(self._lookers, read_on, self._looking, query)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run work in one transaction, all or nothing; committed when this returns.

        The work may be run again when another process got in between, so it must do nothing but SQL; what it raises
        undoes it and is raised here. Raises Unavailable: if the connection was lost, it may have been done.
        """
        if self.dialect == "sqlite":
            return cast("T", await self._committer.do(work))
        result, freed = await self._loop.run_in_executor(
            self._writers, transact, self._writing, lambda conn: (work(conn), freed_by(conn))
        )
        self._note_freed(freed)
        return result

    async def post(self, step: Step) -> Answer:
        """Take one step, written together with the others that wait at the moment.

        Raises ValueError for a step no caller should make, Unavailable when its outcome is unknown: to repeat it is
        harmless. So is to cancel it, but it may be done all the same.
        """
        check(step)
        return cast("Answer", await self._committer.do(step))

    async def insert(self, row: NewRow) -> bool:
        """Insert a row, written together with the others that wait; False when one of its unique keys is taken.

        Raises Unavailable when its outcome is unknown: to repeat it is harmless.
        """
        return cast("bool", await self._committer.do(row))

    async def freed(self, account_id: str, timeout_s: float) -> None:
        """Wait until this process closes a hold on an account, or credits it; `timeout_s` at most.

        It may return early, and does not hear of other processes: ask again, and wait in short turns.
        """
        if self._loop.time() - self._freed_at.get(account_id, -1.0) < JUST_NOW_S:
            return await asyncio.sleep(JUST_NOW_S / 2)  # between the caller's last look and now
        event = asyncio.Event()
        self._freed_waiters[account_id].add(event)
        try:
            await asyncio.wait_for(event.wait(), timeout_s)
        except TimeoutError:
            return None
        finally:
            self._freed_waiters[account_id].discard(event)
            if not self._freed_waiters[account_id]:
                del self._freed_waiters[account_id]

    def _note_freed(self, account_ids: set[str]) -> None:
        for account_id in account_ids:
            self._freed_at.pop(account_id, None)
            self._freed_at[account_id] = self._loop.time()
            for event in self._freed_waiters.get(account_id, ()):
                event.set()
        while len(self._freed_at) > 1000:
            del self._freed_at[next(iter(self._freed_at))]

    async def close(self) -> None:
        """Finish what was begun, then close every connection."""
        await self._committer.close()
        await self._loop.run_in_executor(None, self._dispose)

    def _dispose(self) -> None:
        for pool in (self._readers, self._lookers, self._writers):
            pool.shutdown()
        for engine in (self._reading, self._looking, self._writing):
            engine.dispose()


def read_on(engine: Engine, query: Callable[[Connection], T]) -> T:
    """Run a query on a connection of its own; once more if that had gone stale."""
    for again in (True, False):
        conn = connect(engine)
        try:
            with conn:
                return query(conn)
        except DBAPIError as error:
            if not (again and error.connection_invalidated):
                raise_plainly(error)
    raise AssertionError("unreachable: the last turn returns or raises")
