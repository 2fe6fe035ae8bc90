"""The group committer: what waits at the same moment is written in one transaction.

A thread takes everything that waits, writes it, and gives all outcomes back to the event loop with one call. While one
batch is being synced to disk the next one gathers, so batches grow with the load and one alone never waits for others.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

from sqlalchemy import Connection

from store.engines import Unavailable
from store.ledger.steps import Step
from store.rows import NewRow

LARGEST_BATCH = 200

Work = Callable[[Connection], Any]
Member = Step | NewRow  # what many may wait for at once, and is written in few statements


@dataclass(slots=True, eq=False)
class Job:
    """One thing to be done, and whoever waits for it. After the commit one of `result`, `error` is set."""

    work: Member | Work
    waiter: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None

    def tell(self) -> None:
        """Wake the one who waits; on the event loop's thread. Who was cancelled meanwhile hears nothing."""
        if self.waiter.done():
            return
        if self.error is not None:
            self.waiter.set_exception(self.error)
        else:
            self.waiter.set_result(self.result)


Commit = Callable[[Sequence[Job]], set[str]]  # does the jobs, sets their outcomes; accounts that have more available


class Committer:
    """A thread that runs `commit` on whatever waits. Made on the event loop's thread; `close` ends it."""

    def __init__(self, commit: Commit, freed: Callable[[set[str]], None]) -> None:
        self._commit, self._freed, self._closed = commit, freed, False
        self._loop = asyncio.get_running_loop()
        self._waiting: SimpleQueue[Job | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="committer", daemon=True)
        self._thread.start()

    async def do(self, work: Member | Work) -> Any:
        """The outcome of a job, after its commit. Cancelled: it may be done or not, as with a lost connection."""
        if self._closed:
            raise Unavailable("The database was closed.")
        job = Job(work, self._loop.create_future())
        self._waiting.put(job)
        return await job.waiter

    async def close(self) -> None:
        """Do what still waits, then end the thread."""
        self._closed = True
        self._waiting.put(None)
        await self._loop.run_in_executor(None, self._thread.join)

    def _run(self) -> None:
        while jobs := self._take():
            try:
                freed = self._commit(jobs)
            except BaseException as error:  # noqa: BLE001  # whatever it is, those who wait must hear of it
                freed = set()
                for job in jobs:
                    job.error = error
            self._loop.call_soon_threadsafe(self._deliver, jobs, freed)

    def _take(self) -> list[Job]:
        """What waits, at least one; empty when it is time to end."""
        first = self._waiting.get()
        if first is None:
            return []
        jobs = [first]
        while len(jobs) < LARGEST_BATCH and not self._waiting.empty():
            job = self._waiting.get()
            if job is None:
                self._waiting.put(None)
                break
            jobs.append(job)
        return jobs

    def _deliver(self, jobs: Sequence[Job], freed: set[str]) -> None:
        for job in jobs:
            job.tell()
        self._freed(freed)
