"""Who works on asks in this process: starts jobs, keeps leases, takes over what others left, hands over at the end."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import structlog

from budget.ask import TakenOver
from budget.asking.recovery import Recovered, record, take_over
from handlers.slack.answering.answering import answer, tell_end
from handlers.slack.answering.jobs import Job
from handlers.slack.desk import Desk
from handlers.slack.wire.faults import SlackDown
from store import asks, stops
from store.asks import Ask, NewAsk
from store.database import Unavailable

log = structlog.get_logger(__name__)

STILL_TELLING_S = 5.0  # before an answer that another worker paid for counts as never shown
CANCEL_GRACE_S = 10.0  # for settling and last words of what is cancelled at the end


class Worker:
    """`id` names this process in leases."""

    def __init__(self, desk: Desk, worker_id: str) -> None:
        self.desk = desk
        self.id = worker_id
        self.closing = False
        self._jobs: dict[str, asyncio.Task[None]] = {}
        self._at_work: dict[str, Job] = {}
        self._turns = asyncio.Semaphore(desk.house.rules.asks_at_once)
        self._in_hand = self._queued = 0
        self._meters, self._traces = desk.house.meters, desk.house.traces
        self._meters.watch(lambda: self._in_hand, lambda: self._queued)

    async def take(self, new: NewAsk) -> bool:
        """Write a question down and start on it; False when it is known already. Raises store.database.Unavailable."""
        is_new = await record(self.desk.house, new, self.id)
        if is_new:
            job = Job.of(new)
            self._start(job, answer(self.desk, job))
        if is_new and self.closing:
            await self._hand_over()
        return is_new

    def stop(self, channel_id: str, thread_ts: str, by: str) -> int:
        """Stop what is being answered in a thread; how many answers that were. `by`: who wants it, for the note."""
        there = [job for job in self._at_work.values() if (job.channel_id, job.thread_ts) == (channel_id, thread_ts)]
        return sum(job.stop.pull(by) for job in there)

    async def heed_stops(self) -> None:
        """Stop what another process was told to stop. For the clock, where there may be several processes."""
        mine = [ask_id for ask_id, job in self._at_work.items() if not (job.stop.by or job.stop.is_late)]
        if not mine:
            return
        wanted = await self.desk.house.database.look_up(lambda conn: stops.wanted_stopped(conn, mine))
        for ask_id, by in wanted.items():
            job = self._at_work.get(ask_id)
            if job and job.stop.pull(by):
                log.info("stopped by a person, told to another process", ask=ask_id)

    def _start(self, job: Job, work: Coroutine[Any, Any, None]) -> None:
        ask_id = job.ask_id
        if self.closing or ask_id in self._jobs:
            work.close()  # whoever has the lease next takes it up
            return
        job.lease.begin(self._until(), self.desk.house.now, self.keep_leases)
        task = asyncio.create_task(self._run(job, work), name=f"ask {ask_id}")
        self._jobs[ask_id], self._at_work[ask_id] = task, job
        task.add_done_callback(lambda _: self._forget(ask_id))

    def _forget(self, ask_id: str) -> None:
        self._jobs.pop(ask_id, None)
        self._at_work.pop(ask_id, None)

    async def _run(self, job: Job, work: Coroutine[Any, Any, None]) -> None:
        ask_id = job.ask_id
        begun_s = self.desk.limits.monotonic_s()
        try:
            with self._traces.span("ask", {"stipend.ask.id": ask_id}):
                await self._in_turn(job, work)
            self._meters.total.observe(self.desk.limits.monotonic_s() - begun_s)
        except TakenOver:
            log.info("another worker has it", ask=ask_id)
        except (Unavailable, SlackDown) as fault:
            if isinstance(fault, Unavailable):
                self._meters.database_away("ask")
            log.warning("left for a later try", ask=ask_id, kind=type(fault).__name__, reason=str(fault))
        except Exception:
            log.exception("left for a later try", ask=ask_id)
        finally:
            work.close()

    async def _in_turn(self, job: Job, work: Coroutine[Any, Any, None]) -> None:
        """Work in a turn. What still waits for Slack when the asker was told, a receipt, needs none."""
        with self._traces.span("queue", {"stipend.asks.before": self._queued}), self._queueing():
            await self._turns.acquire()
        self._in_hand += 1
        job.turn.begin(self._next)
        try:
            await work
        finally:
            job.turn.end()

    def _next(self) -> None:
        self._in_hand -= 1
        self._turns.release()

    @contextmanager
    def _queueing(self) -> Iterator[None]:
        self._queued += 1
        try:
            yield
        finally:
            self._queued -= 1

    async def keep_leases(self) -> None:
        """Renew the leases of all jobs; a job that lost its lease is left to whoever has it."""
        mine = list(self._jobs)
        if not mine:
            return
        until = self._until()
        kept = await self.desk.house.database.write(
            lambda conn: asks.renew(conn, mine, lease_owner=self.id, lease_until_at=until)
        )
        for ask_id in mine:
            if job := self._at_work.get(ask_id):
                job.lease.until_at, job.lease.is_lost = until, ask_id not in kept
        for ask_id in set(mine) - kept:
            log.warning("lease lost", ask=ask_id)

    def _until(self) -> datetime:
        return self.desk.house.now() + timedelta(seconds=self.desk.house.rules.lease_s)

    async def take_over(self) -> None:
        """Go on with asks whose worker died, or tell their askers how they ended."""
        if self.closing:
            return
        await self.keep_leases()  # after a time without the database our own have lapsed as well
        for left in await take_over(self.desk.house, self.id):
            log.info("taken over", ask=left.ask.id, todo=left.todo, attempt=left.ask.attempts)
            self._resume(left)

    def _resume(self, left: Recovered) -> None:
        job = Job.of(left.ask)
        job.stop.is_late = left.todo == "tell"
        self._start(job, self._tell(left.ask) if left.todo == "tell" else answer(self.desk, job))

    async def _tell(self, ended: Ask) -> None:
        """Tell how an ask ended. One that was settled by a worker may be on its way to its asker still.

        That worker may have lost its lease alone, while the database was away: it has a moment to note that it told.
        """
        if ended.state == "settled":
            await self.desk.limits.sleep(min(self.desk.house.rules.lease_s, STILL_TELLING_S))
            ended = await self._again(ended)
        if not ended.told_at:
            await tell_end(self.desk, ended)

    async def _again(self, ended: Ask) -> Ask:
        found = await self.desk.house.database.read(lambda conn: asks.get(conn, ended.id))
        return found or ended

    async def close(self, drain_s: float) -> None:
        """Finish what is in flight, at most `drain_s` seconds; stop the rest, settled and told, or hand it over."""
        self.closing = True
        jobs = dict(self._jobs)
        if jobs:
            log.info("finishing asks", count=len(jobs))
            await asyncio.wait(jobs.values(), timeout=drain_s)
        left = [ask_id for ask_id, task in jobs.items() if not task.done()]
        for ask_id in left:
            jobs[ask_id].cancel()
        if left:
            await asyncio.wait([jobs[ask_id] for ask_id in left], timeout=CANCEL_GRACE_S)
        await self._hand_over()

    async def _hand_over(self) -> None:
        """Let others take up at once what nobody works on here."""
        now, running = self.desk.house.now(), list(self._jobs)
        try:
            await self.desk.house.database.write(
                lambda conn: asks.hand_over(conn, lease_owner=self.id, at=now, but=running)
            )
        except Unavailable:
            log.warning("not handed over; the leases will lapse")
