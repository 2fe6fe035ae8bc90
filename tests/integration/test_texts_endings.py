"""However an ask ends, on both engines: none of its words is left in the clear, and what is to be kept is kept."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial

import pytest
from sqlalchemy import func, or_, select, update

from budget.ask import Answer, Question
from budget.asking.recovery import MOST_ATTEMPTS, give_up, take_over
from budget.texts import ask_and_keep
from sandbox.model.standin import Script, error, refuses, says, usage
from store import asks
from store.asks import LIVE
from store.database import Database
from store.sweep import sweep
from store.tables import ask
from tests.asking import Bench, bench
from tests.texts_help import (
    ANSWER,
    ASKED,
    WORDS,
    all_kept,
    answer_to,
    keeping,
    left_over,
    written,
)


@pytest.fixture
async def at_bench(database: Database) -> AsyncIterator[Bench]:
    async with bench(database) as made:
        made.standin.script(says(ANSWER, usage=usage(50, 9)))
        yield made


# --- every way an ask can end ----------------------------------------------------------------------------------------


async def until_called(made: Bench, task: asyncio.Task[Answer], before: int) -> None:
    while made.standin.received == before and not task.done():
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)


async def scripted(made: Bench, script: Script) -> Question:
    made.standin.script(script)
    question = await written(made)
    await answer_to(made, question)
    return question


async def begun(made: Bench) -> tuple[Question, asyncio.Task[Answer]]:
    """An ask whose model has said its first words, and then no more."""
    made.standin.script(Script(pieces=(ANSWER, "never"), hang_after=1))
    question, before = await written(made), made.standin.received
    task = asyncio.create_task(answer_to(made, question))
    await until_called(made, task, before)
    return question, task


async def cancelled(made: Bench) -> Question:
    question, task = await begun(made)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return question


async def broken_off(made: Bench) -> Question:
    made.standin.script(Script(pieces=(ANSWER, "never"), between_s=0.1))
    question = await written(made)
    with contextlib.suppress(ZeroDivisionError):
        async with ask_and_keep(made.house, question) as answered:
            async for _ in answered.pieces():
                raise ZeroDivisionError
    return question


async def refused(made: Bench, **more: object) -> Question:
    question = await written(made)
    answered = await answer_to(made, replace(question, **more))  # type: ignore[arg-type]  # fields by name
    assert answered.refusal is not None
    return question


async def costly(made: Bench) -> Question:
    rules = replace(made.house.rules, confirm_above_micros=1)
    return await refused(replace(made, house=replace(made.house, rules=rules)))


async def failed_before_the_hold(made: Bench) -> Question:
    question = await written(made)
    assert await give_up(made.house, question.ask_id, 0, state="failed", outcome="fault")
    return question


async def failed_after_the_call(made: Bench) -> Question:
    question, task = await begun(made)
    assert await give_up(made.house, question.ask_id, 0, state="failed", outcome="fault")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return question


async def given_up(made: Bench) -> Question:
    question = await written(made)
    often = update(ask).where(ask.c.id == question.ask_id).values(attempts=MOST_ATTEMPTS)
    await made.house.database.write(lambda conn: conn.execute(often))
    made.clock.pass_s(61)
    assert [left.ask.outcome for left in await take_over(made.house, "w2")] == ["given_up"]
    return question


async def too_old(made: Bench) -> Question:
    question = await written(made)
    made.clock.pass_s(2 * 86_400)
    assert [left.ask.outcome for left in await take_over(made.house, "w2")] == ["given_up"]
    return question


async def interrupted(made: Bench) -> Question:
    """Its worker was killed while the model talked."""
    question, task = await begun(made)
    made.clock.pass_s(61)
    assert [left.ask.outcome for left in await take_over(made.house, "w2")] == ["interrupted"]
    task.cancel()  # in a process that is gone this would write nothing; here it does, and it does not matter
    await asyncio.gather(task, return_exceptions=True)
    return question


async def swept(made: Bench) -> Question:
    """Its hold is past its expiry, and closed by the sweeper before anybody takes the ask over."""
    question, task = await begun(made)
    made.clock.pass_s(3_600)
    assert await made.house.database.write(lambda conn: sweep(conn, made.clock()))
    assert [left.ask.outcome for left in await take_over(made.house, "w2")] == ["interrupted"]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return question


async def late(made: Bench) -> Question:
    """Taken over while it was alive, and settled by its own worker all the same."""
    made.standin.script(Script(pieces=(ANSWER, "!"), between_s=0.4, usage=usage(50, 9)))
    question, before = await written(made), made.standin.received
    task = asyncio.create_task(answer_to(made, question))
    await until_called(made, task, before)
    made.clock.pass_s(61)
    assert len(await take_over(made.house, "w2")) == 1
    assert (await task).text == f"{ANSWER}!"
    return question


@dataclass(frozen=True)
class Ending:
    """A way to end, the state and outcome it leaves, and whether the model had said something by then."""

    drive: Callable[[Bench], Awaitable[Question]]
    state: str
    outcome: str
    has_text: bool


def ends(script: Script, state: str, outcome: str, has_text: bool = True) -> Ending:
    return Ending(lambda made: scripted(made, script), state, outcome, has_text)


ENDINGS = {
    "answered": ends(says(ANSWER, usage=usage(50, 9)), "settled", "answered"),
    "no usage": ends(says(ANSWER, usage=None), "settled", "answered"),
    "capped": ends(says(ANSWER, finish_reason="length"), "settled", "capped"),
    "withheld": ends(says(ANSWER, finish_reason="content_filter"), "settled", "withheld"),
    "no words": ends(Script(pieces=()), "settled", "answered", has_text=False),
    "only blanks": ends(Script(pieces=(" ", "\n")), "settled", "answered", has_text=False),
    "wrong key": ends(refuses(401), "failed", "bad_secret", has_text=False),
    "server fault": ends(refuses(500), "failed", "server_fault", has_text=False),
    "not allowed": ends(
        refuses(400, error(f"about {ASKED}", code="content_policy_violation")), "failed", "content_refused", False
    ),
    "fault in the stream": ends(
        Script(pieces=(ANSWER, "x"), error_after=1, body=error(f"{ASKED} is too much")), "failed", "cut"
    ),
    "cut": ends(Script(pieces=(ANSWER, "x"), cut_after=1), "failed", "cut"),
    "silent": ends(Script(pieces=(ANSWER, "x"), hang_after=1), "failed", "timed_out"),
    "cancelled": Ending(cancelled, "cancelled", "cancelled", has_text=True),
    "broken off": Ending(broken_off, "cancelled", "cancelled", has_text=True),
    "too long": Ending(lambda made: refused(made, text=ASKED * 10_000), "refused", "too long", has_text=False),
    "no such model": Ending(lambda made: refused(made, wanted_model="gpt-0"), "refused", "no model", has_text=False),
    "costly": Ending(costly, "refused", "costly", has_text=False),
    "a fault before the hold": Ending(failed_before_the_hold, "failed", "fault", has_text=False),
    "a fault after the call": Ending(failed_after_the_call, "failed", "interrupted", has_text=True),
    "given up": Ending(given_up, "failed", "given_up", has_text=False),
    "too old": Ending(too_old, "failed", "given_up", has_text=False),
    "interrupted": Ending(interrupted, "failed", "interrupted", has_text=True),
    "swept": Ending(swept, "failed", "interrupted", has_text=True),
    "late": Ending(late, "settled", "answered", has_text=True),
}


@pytest.mark.parametrize("days", [0, 3_650], ids=["off", "on"])
async def test_however_an_ask_ends_nothing_of_it_is_left_in_the_clear(at_bench: Bench, days: int) -> None:
    made = keeping(at_bench, days)
    await made.give(1_000_000_000)
    expected = {}
    for name, ending in ENDINGS.items():
        question = await ending.drive(made)
        noted = await made.noted(question)
        assert (noted.state, noted.outcome) == (ending.state, ending.outcome), name
        assert (noted.question, noted.files) == (None, None), name
        await made.house.database.write(partial(asks.mark_told, ask_id=noted.id, at=made.clock(), reply_ts=None))
        if days and ending.has_text:
            expected[question.ask_id] = name
    assert await left_over(made, *WORDS) == []
    found = await all_kept(made)
    assert {expected.get(ask_id) for ask_id in found} == set(expected.values())
    for ask_id, (asked, answered) in found.items():
        assert asked == f"What is a {ASKED}?", expected[ask_id]
        assert answered.startswith(ANSWER), expected[ask_id]
    await made.verified()


async def test_a_refusal_for_want_of_money_and_while_it_lasts_the_question_is_there(at_bench: Bench) -> None:
    """The scan sees what it is to see: before the end the words are there, in two columns; after it nowhere."""
    question = await written(at_bench)
    assert await left_over(at_bench, *WORDS) == ["ask.question", "ask.files"]
    answered = await answer_to(at_bench, question)
    assert answered.refusal is not None
    assert (await at_bench.noted(question)).outcome == answered.refusal.limit
    assert await left_over(at_bench, *WORDS) == []


async def test_no_ask_that_is_over_has_words(at_bench: Bench) -> None:
    """Whatever statement ends an ask clears its words: found by what is in the tables, not by a list of functions."""
    await at_bench.give(1_000_000)
    for _ in range(3):
        await answer_to(at_bench, await written(at_bench))
    await written(at_bench)
    over = ask.c.state.not_in(LIVE)
    words = or_(ask.c.question.is_not(None), ask.c.files.is_not(None))
    query = select(func.count()).select_from(ask)
    counts = await at_bench.house.database.read(
        lambda conn: (conn.scalar(query.where(over)), conn.scalar(query.where(over, words)), conn.scalar(query))
    )
    assert counts == (3, 0, 4)


async def test_the_file_itself_is_overwritten(sqlite_url: str) -> None:
    """On SQLite the bytes are gone from the disk, too, once the journal has been written back."""
    database = await Database.open(sqlite_url)
    async with bench(database) as made:
        made.standin.script(says(ANSWER))
        await made.give(1_000_000)
        for number in range(20):
            await answer_to(made, await written(made, f"{ASKED} {number} " * 300))
    await database.close()
    with open(sqlite_url.removeprefix("sqlite:///"), "rb") as file:  # noqa: PTH123, ASYNC230  # a small file
        assert ASKED.encode() not in file.read()
