"""An ask in two workers' hands: whatever the order, the model is called once for what is paid, and all adds up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from budget.ask import Answer, Question, TakenOver, ask
from budget.asking.recovery import give_up, take_over
from sandbox.model.standin import Script, says, usage
from store.database import Database
from store.ledger.apply import apply
from store.ledger.steps import Answer as LedgerAnswer
from store.ledger.steps import HoldState, Release, Step, Transfer
from store.sweep import sweep
from tests.asking import POOL, WALLET, Bench, bench

SHORT = says("Fine.", usage=usage(50, 9))
COST = 68


@pytest.fixture
async def at_bench(database: Database) -> AsyncIterator[Bench]:
    async with bench(database) as made:
        made.standin.script(SHORT)
        await made.give(1_000_000)
        yield made


async def lapse(made: Bench) -> list[str]:
    """The lease runs out, and another worker takes over; what it is to do."""
    made.clock.pass_s(made.house.rules.lease_s + 1)
    return [left.todo for left in await take_over(made.house, "w2")]


def again(question: Question) -> Question:
    return replace(question, attempt=question.attempt + 1)


async def test_a_worker_that_lost_an_ask_before_its_hold_gets_none(at_bench: Bench) -> None:
    question = await at_bench.record()
    assert await lapse(at_bench) == ["again"]
    text, _ = await at_bench.ask(again(question))
    assert text == "Fine."
    with pytest.raises(TakenOver):
        await at_bench.ask(question)
    assert at_bench.standin.received == 1
    assert (await at_bench.balance()).available_micros == 1_000_000 - COST
    await at_bench.verified()


async def test_both_at_once_one_calls_the_model(at_bench: Bench) -> None:
    question = await at_bench.record()
    await lapse(at_bench)
    ended = await asyncio.gather(at_bench.ask(question), at_bench.ask(again(question)), return_exceptions=True)
    assert [type(one) for one in ended].count(TakenOver) == 1
    assert at_bench.standin.received == 1
    assert (await at_bench.balance()).available_micros == 1_000_000 - COST


@asynccontextmanager
async def between_hold_and_dispatch(made: Bench) -> AsyncIterator[asyncio.Event]:
    """The database lets no dispatch through until the event is set: the place where a worker is slow."""
    go, post = asyncio.Event(), made.house.database.post

    async def slow(step: Step) -> LedgerAnswer:
        if type(step).__name__ == "Dispatch":
            await go.wait()
        return await post(step)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Database, "post", lambda _, step: slow(step))
        yield go


async def test_a_slow_worker_whose_hold_was_given_back_does_not_call(at_bench: Bench) -> None:
    question = await at_bench.record()
    async with between_hold_and_dispatch(at_bench) as go:
        slow = asyncio.create_task(at_bench.ask(question))
        while (await at_bench.noted(question)).state != "held":
            await asyncio.sleep(0.01)
        assert await lapse(at_bench) == ["again"]
        go.set()
        with pytest.raises(TakenOver):
            await slow
    assert at_bench.standin.received == 0
    text, _ = await at_bench.ask(again(question))
    assert (text, at_bench.standin.received) == ("Fine.", 1)
    assert (await at_bench.balance()).available_micros == 1_000_000 - COST
    await at_bench.verified()


async def test_a_dispatched_hold_is_not_released_by_whoever_cannot_know(at_bench: Bench) -> None:
    at_bench.standin.script(Script(pieces=("a",), first_s=0.3, usage=usage(50, 9)))
    question = await at_bench.record()
    running = asyncio.create_task(at_bench.ask(question))
    while at_bench.standin.received == 0:
        await asyncio.sleep(0.01)
    key = (await at_bench.noted(question)).hold_key
    assert key is not None
    answer = await at_bench.house.database.post(Release(key, at_bench.clock(), only_open=True))
    assert not isinstance(answer, HoldState)
    await running
    assert (await at_bench.balance()).available_micros == 1_000_000 - COST


async def test_a_live_stream_that_was_taken_over_is_charged_what_it_used_in_the_end(at_bench: Bench) -> None:
    at_bench.standin.script(Script(pieces=("a", "b"), between_s=0.3, usage=usage(50, 9)))
    question = await at_bench.record()
    running = asyncio.create_task(at_bench.ask(question))
    while at_bench.standin.received == 0:
        await asyncio.sleep(0.01)
    assert await lapse(at_bench) == ["tell"]
    taken = await at_bench.noted(question)
    assert (taken.state, taken.outcome, taken.estimated) == ("failed", "interrupted", True)
    assert taken.cost_micros == taken.bound_micros
    text, answer = await running
    assert text == "ab"
    assert answer.result is not None
    assert (answer.result.cost_micros, answer.result.estimated) == (COST, False)
    noted = await at_bench.noted(question)
    assert (noted.state, noted.cost_micros, noted.estimated) == ("settled", COST, False)
    assert (await at_bench.balance()).available_micros == 1_000_000 - COST
    await at_bench.verified()


async def test_a_shrunk_hold_that_is_taken_over_is_charged_what_was_held_and_not_more(at_bench: Bench) -> None:
    spent = (await at_bench.balance()).available_micros - 1_500
    at_bench.standin.script(Script(pieces=("a",), hang_after=1))
    move = Transfer("away", "move", WALLET, POOL, spent, at_bench.clock())
    await at_bench.house.database.write(lambda conn: apply(conn, [move]))
    question = await at_bench.record()
    running = asyncio.create_task(at_bench.ask(question))
    while at_bench.standin.received == 0:
        await asyncio.sleep(0.01)
    company = (await at_bench.balance(POOL)).available_micros
    await lapse(at_bench)
    assert (await at_bench.noted(question)).cost_micros == 1_500
    assert (await at_bench.balance(POOL)).available_micros == company
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await at_bench.verified()


async def test_stopped_while_the_dispatch_is_written_nothing_is_charged_and_it_waits(at_bench: Bench) -> None:
    question = await at_bench.record()
    async with between_hold_and_dispatch(at_bench):
        stopped = asyncio.create_task(at_bench.ask(question))
        while (await at_bench.noted(question)).state != "held":
            await asyncio.sleep(0.01)
        stopped.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stopped
    assert (await at_bench.noted(question)).state == "received"
    assert (await at_bench.balance()).available_micros == 1_000_000
    assert await lapse(at_bench) == ["again"]
    text, _ = await at_bench.ask(again(question))
    assert (text, at_bench.standin.received) == ("Fine.", 1)
    await at_bench.verified()


async def test_a_swept_hold_sends_its_question_round_again(at_bench: Bench) -> None:
    question = await at_bench.record()
    async with between_hold_and_dispatch(at_bench) as go:
        slow = asyncio.create_task(at_bench.ask(question))
        while (await at_bench.noted(question)).state != "held":
            await asyncio.sleep(0.01)
        at_bench.clock.pass_s(3_600)
        swept = await at_bench.house.database.write(lambda conn: sweep(conn, at_bench.clock()))
        assert [hold.state for hold in swept] == ["expired"]
        go.set()
        with pytest.raises(TakenOver):
            await slow
    assert await lapse(at_bench) == ["again"]
    text, _ = await at_bench.ask(again(question))
    assert text == "Fine."
    await at_bench.verified()


async def test_a_refusal_by_a_worker_that_lost_the_ask_ends_nothing(at_bench: Bench) -> None:
    question = await at_bench.record("x" * 100_000)
    await lapse(at_bench)
    with pytest.raises(TakenOver):
        await at_bench.ask(question)
    assert (await at_bench.noted(question)).state == "received"


async def test_an_absurd_count_is_an_estimate_and_not_a_fault(at_bench: Bench) -> None:
    at_bench.standin.script(Script(pieces=("abc",), usage=usage(10**19, 5)))
    _, answer = await at_bench.ask(await at_bench.record())
    assert answer.result is not None
    assert (answer.result.state, answer.result.estimated) == ("settled", True)
    await at_bench.verified()


@pytest.mark.parametrize("dispatched", [False, True])
async def test_giving_up_closes_the_hold(at_bench: Bench, dispatched: bool) -> None:
    at_bench.standin.script(Script(pieces=("abc",), hang_after=1))
    question = await at_bench.record()
    task: asyncio.Task[tuple[str, Answer]] | None = None
    if dispatched:
        task = asyncio.create_task(at_bench.ask(question))
        while at_bench.standin.received == 0:
            await asyncio.sleep(0.01)
    ended = await give_up(at_bench.house, question.ask_id, 0, state="failed", outcome="fault")
    assert ended is not None
    assert (ended.state, bool(ended.cost_micros)) == ("failed", dispatched)
    assert (await at_bench.balance()).held_micros == 0
    assert await give_up(at_bench.house, question.ask_id, 7, state="failed", outcome="fault") is None
    if task:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_required_note_that_finds_nothing_undoes_its_step_and_no_other(at_bench: Bench) -> None:
    """Two holds in one batch, one with a note for an attempt that is over: it alone fails, and holds nothing."""
    first, second = await at_bench.record(), await at_bench.record()
    stale = replace(first, attempt=5)
    ended = await asyncio.gather(at_bench.ask(stale), at_bench.ask(second), return_exceptions=True)
    assert isinstance(ended[0], TakenOver)
    assert not isinstance(ended[1], BaseException)
    assert (await at_bench.balance()).available_micros == 1_000_000 - COST
    await at_bench.verified()


async def test_a_body_that_fails_is_settled_all_the_same(at_bench: Bench) -> None:
    question = await at_bench.record()

    async def fail() -> None:
        async with ask(at_bench.house, question) as answer:
            async for _ in answer.pieces():
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert (await at_bench.noted(question)).state == "cancelled"
    await at_bench.verified()
