"""A worker that closes, and one that takes over: no ask is left lying, none is tried for ever."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from budget.ask import TakenOver
from budget.asking.recovery import MOST_ATTEMPTS, OLDEST, take_over
from handlers.slack.answering.delivering import deliver
from handlers.slack.answering.jobs import Job
from handlers.slack.answering.worker import Worker
from handlers.slack.desk import Desk
from handlers.slack.identity import Identity
from handlers.slack.wire.client import make_client
from handlers.slack.wire.late import Late
from handlers.slack.wire.limits import Limits
from store.asks import NewAsk
from store.database import Connection, Database
from store.tables import ask
from tests.asking import WORKSPACE, Bench, bench


def worker_of(made: Bench) -> Worker:
    """A worker at a desk without a line to Slack."""
    client = make_client("xoxb-1", "http://127.0.0.1:9/")
    limits = Limits(monotonic_s=asyncio.get_running_loop().time, sleep=asyncio.sleep)
    identity = Identity(made.house, client, limits, WORKSPACE)
    return Worker(Desk(made.house, client, limits, identity, WORKSPACE, "U0BOT", made.house.new_id), "w1")


async def test_a_question_that_comes_while_closing_is_handed_over_at_once(database: Database) -> None:
    async with bench(database) as made:
        worker = worker_of(made)
        worker.closing = True
        new = NewAsk("ask1", WORKSPACE, "Ev1", "C1", "1.0", "1.0", None, "channel", "U1", "hello")
        assert await worker.take(new)
        made.clock.pass_s(0.001)
        [left] = await take_over(made.house, "w2")
        assert (left.ask.id, left.todo) == ("ask1", "again")


async def test_what_a_worker_has_recorded_and_not_begun_is_handed_over_when_it_closes(database: Database) -> None:
    async with bench(database) as made:
        question = await made.record(worker="w1")
        await worker_of(made).close(0.1)
        made.clock.pass_s(0.001)
        assert [left.ask.id for left in await take_over(made.house, "w2")] == [question.ask_id]


async def test_an_ask_that_cannot_be_taken_over_keeps_no_other_waiting(database: Database) -> None:
    async with bench(database) as made:
        questions = [await made.record() for _ in range(3)]
        broken = update(ask).where(ask.c.id == questions[0].ask_id).values(state="held", hold_key="of no hold")
        await database.write(lambda conn: conn.execute(broken))
        made.clock.pass_s(61)
        assert {left.ask.id for left in await take_over(made.house, "w2")} == {q.ask_id for q in questions[1:]}
        for _ in range(MOST_ATTEMPTS):
            made.clock.pass_s(61)
            last = await take_over(made.house, "w2")
        assert questions[0].ask_id in {left.ask.id for left in last}
        noted = await made.noted(questions[0])
        assert (noted.state, noted.outcome) == ("failed", "given_up")


@pytest.mark.parametrize("hopeless", [{"attempts": MOST_ATTEMPTS}, {"created_at": -OLDEST - timedelta(seconds=1)}])
async def test_what_nobody_could_finish_is_ended_and_told(database: Database, hopeless: dict[str, object]) -> None:
    async with bench(database) as made:
        question = await made.record()

        def age(conn: Connection) -> None:
            values = {k: made.clock() + v if isinstance(v, timedelta) else v for k, v in hopeless.items()}
            conn.execute(update(ask).where(ask.c.id == question.ask_id).values(values))

        await database.write(age)
        made.clock.pass_s(61)
        [left] = await take_over(made.house, "w2")
        assert left.todo == "tell"
        assert (left.ask.state, left.ask.outcome) == ("failed", "given_up")
        await made.verified()


async def test_an_ask_taken_up_a_few_times_goes_on(database: Database) -> None:
    async with bench(database) as made:
        await made.give(1_000_000)
        question = await made.record()
        for _ in range(MOST_ATTEMPTS):
            made.clock.pass_s(61)
            [left] = await take_over(made.house, "w2")
            assert left.todo == "again"
        _, answer = await made.ask(replace(question, attempt=MOST_ATTEMPTS))
        assert answer.result is not None


async def test_what_late_work_starts_is_waited_for_too() -> None:
    late, said = Late(), []

    async def second() -> None:
        await asyncio.sleep(0.01)
        said.append("second")

    async def first() -> None:
        await asyncio.sleep(0.01)
        late.start(second())

    late.start(first())
    await late.drain(1)
    assert said == ["second"]


class Delivery:
    """A worker with one ask in hand, whose end is about to be shown."""

    def __init__(self, made: Bench, ask_id: str) -> None:
        self.made, self.worker, self.shown = made, worker_of(made), 0
        job = Job(ask_id, 0, "C1", "1.0", "1.0", private=False, asker_id="U1", text="hello")
        self.worker._start(job, asyncio.Event().wait())  # type: ignore[arg-type]  # work that never ends
        self.job = job

    async def show(self) -> str:
        """Slack takes it."""
        self.shown += 1
        return "1.1"

    async def end(self) -> None:
        """Let the work go."""
        for task in self.worker._jobs.values():
            task.cancel()
        await asyncio.sleep(0)


async def test_what_another_worker_has_taken_over_is_not_shown_by_the_first(database: Database) -> None:
    async with bench(database) as made:
        first = Delivery(made, (await made.record(worker="w1")).ask_id)
        made.clock.pass_s(made.house.rules.lease_s + 1)
        assert len(await take_over(made.house, "w2")) == 1
        with pytest.raises(TakenOver):
            await deliver(first.job, first.show)
        assert first.shown == 0
        await first.end()


async def test_a_lease_that_lapsed_and_that_nobody_took_is_renewed_before_the_end_is_shown(database: Database) -> None:
    async with bench(database) as made:
        first = Delivery(made, (await made.record(worker="w1")).ask_id)
        made.clock.pass_s(made.house.rules.lease_s + 1)
        assert await deliver(first.job, first.show) == "1.1"
        assert await take_over(made.house, "w2") == []
        await first.end()


async def test_while_the_books_are_away_nobody_else_can_tell(sqlite_database: Database) -> None:
    async with bench(sqlite_database) as made:
        first = Delivery(made, (await made.record(worker="w1")).ask_id)
        made.clock.pass_s(made.house.rules.lease_s + 1)
        await sqlite_database.close()
        assert await deliver(first.job, first.show) == "1.1"
        await first.end()
