"""Questions and answers that are kept: once, until their time or the rule of now says so, under the newest key."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import structlog.testing

from budget import texts as use_cases
from budget.ask import TakenOver
from budget.asking.recovery import take_over
from budget.retention import MOVED, new_key
from budget.texts import keep, purge, purge_by_rule, rotate
from sandbox.model.standin import says, usage
from store import texts
from store.database import Connection, Database, Unavailable
from store.texts import Kept
from tests.asking import Bench, bench
from tests.texts_help import (
    ANSWER,
    ANSWERED,
    ASKED,
    KEY,
    all_kept,
    answer_to,
    count,
    keeping,
    rule,
    written,
)


@pytest.fixture
async def at_bench(database: Database) -> AsyncIterator[Bench]:
    async with bench(database) as made:
        made.standin.script(says(ANSWER, usage=usage(50, 9)))
        yield made


@pytest.fixture
async def small_bench(sqlite_database: Database) -> AsyncIterator[Bench]:
    """For what does not depend on the engine."""
    async with bench(sqlite_database) as made:
        made.standin.script(says(ANSWER, usage=usage(50, 9)))
        await made.give(1_000_000)
        yield made


# --- keeping ---------------------------------------------------------------------------------------------------------


async def test_what_is_kept_is_there_until_its_days_are_over(at_bench: Bench) -> None:
    made = keeping(at_bench, 30)
    await made.give(1_000_000)
    question = await written(made)
    made.clock.pass_s(7)  # counted from the question on
    await answer_to(made, question)
    assert await all_kept(made) == {question.ask_id: (question.text, ANSWER)}
    made.clock.pass_s(30 * 86_400 - 8)
    await purge_by_rule(made.house)
    assert await count(made) == 1
    made.clock.pass_s(1)
    with structlog.testing.capture_logs() as logged:
        await purge_by_rule(made.house)
    assert await count(made) == 0
    assert [(each["event"], each["count"]) for each in logged] == [("texts purged", 1)]


async def test_the_end_told_twice_is_kept_once(at_bench: Bench) -> None:
    made = keeping(at_bench, 30)
    question = await written(made)
    await asyncio.gather(*(keep(made.house, question.ask_id, "one", "two") for _ in range(8)))
    await keep(made.house, question.ask_id, "three", "four")
    assert await all_kept(made) == {question.ask_id: ("one", "two")}


async def test_texts_of_an_ask_that_is_not_there_are_not_kept(at_bench: Bench) -> None:
    made = keeping(at_bench, 30)
    await keep(made.house, "nowhere", "one", "two")
    assert await count(made) == 0


async def test_one_who_lost_the_ask_keeps_nothing(at_bench: Bench) -> None:
    made = keeping(at_bench, 30)
    await made.give(1_000_000)
    question = await written(made)
    made.clock.pass_s(61)
    await take_over(made.house, "w2")
    with pytest.raises(TakenOver):
        await answer_to(made, question)
    assert await count(made) == 0


@pytest.mark.parametrize("fault", [Unavailable("The database does not answer."), RuntimeError(ASKED)])
async def test_a_text_that_cannot_be_kept_takes_nothing_from_its_asker(
    small_bench: Bench, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    made = keeping(small_bench, 30)
    question = await written(made)

    def away(*_: object) -> None:
        raise fault

    monkeypatch.setattr(texts, "keep", away)
    with structlog.testing.capture_logs() as logged:
        answered = await answer_to(made, question)
    assert (answered.text, answered.result and answered.result.state) == (ANSWER, "settled")
    [line] = [each for each in logged if each["event"] == "texts not kept"]
    assert (line["ask"], line["log_level"]) == (question.ask_id, "error")
    assert ANSWERED not in str(logged)
    await made.verified()


async def test_an_answer_waits_so_long_for_its_copy_and_no_longer(
    small_bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = keeping(small_bench, 30)
    question = await written(made)
    monkeypatch.setattr(use_cases, "KEEPING_S", 0.1)
    held = asyncio.Event()

    async def slow(_: Database, __: object) -> None:
        await held.wait()

    monkeypatch.setattr(Database, "write", slow)
    with structlog.testing.capture_logs() as logged:
        async with asyncio.timeout(5):
            await keep(made.house, question.ask_id, question.text, ANSWER)
    assert [(each["event"], each["reason"]) for each in logged] == [("texts not kept", "it took too long")]


# --- purging ---------------------------------------------------------------------------------------------------------


async def some_kept(made: Bench, number: int) -> list[str]:
    """Texts of so many asks of this moment."""
    ids = []
    for _ in range(number):
        question = await written(made)
        await keep(made.house, question.ask_id, question.text, ANSWER)
        ids.append(question.ask_id)
    return ids


async def kept_ids(made: Bench) -> list[str]:
    return sorted(await all_kept(made))


async def test_fewer_days_hold_for_what_is_kept_already(at_bench: Bench) -> None:
    """A text of 10 days is over by a rule of 7, and one of 5 is not, though both were kept for 30."""
    made = keeping(at_bench, 30)
    await some_kept(made, 1)
    made.clock.pass_s(5 * 86_400)
    [newer] = await some_kept(made, 1)
    made.clock.pass_s(5 * 86_400)
    await purge_by_rule(keeping(made, 7).house)
    assert await kept_ids(made) == [newer]
    made.clock.pass_s(2 * 86_400)
    await purge_by_rule(keeping(made, 7).house)
    assert await kept_ids(made) == []


async def test_more_days_hold_for_new_questions_only(at_bench: Bench) -> None:
    made = keeping(at_bench, 7)
    await some_kept(made, 1)
    more = keeping(made, 30)
    [newer] = await some_kept(more, 1)
    made.clock.pass_s(7 * 86_400)
    await purge_by_rule(more.house)
    assert await kept_ids(made) == [newer]


async def test_switched_off_everything_goes(at_bench: Bench) -> None:
    made = keeping(at_bench, 3_650)
    await some_kept(made, 3)
    await purge_by_rule(at_bench.house)
    assert await count(made) == 0


async def test_many_go_in_bounded_steps_whoever_is_at_it(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "AT_ONCE", 7)
    first, second = await Database.open(database_url), await Database.open(database_url)
    async with bench(first) as bare:
        made = keeping(bare, 1)
        await some_kept(made, 40)
        made.clock.pass_s(86_400)
        at = made.clock()
        gone = await asyncio.gather(*(purge(each, at, at - timedelta(days=1)) for each in (first, second)))
        assert sum(gone) <= 40
        rest = await purge(first, at, at - timedelta(days=1))  # those that one of the two left to the other
        assert (sum(gone) + rest, await count(made)) == (40, 0)
    await first.close()
    await second.close()


# --- keys ------------------------------------------------------------------------------------------------------------


async def test_keys_are_exchanged_while_texts_are_there(at_bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "AT_ONCE", 4)
    made, newer = keeping(at_bench, 30), new_key()
    old_ids = await some_kept(made, 9)
    both = keeping(made, 30, newer, KEY)
    [new_id] = await some_kept(both, 1)
    keys = both.house.retention.keys
    assert keys is not None
    done = await rotate(made.house.database, keys)
    assert (done.changed, done.same, done.unreadable) == (9, 1, 0)
    again = await rotate(made.house.database, keys)
    assert (again.changed, again.same, again.unreadable) == (0, 10, 0)
    monkeypatch.undo()
    found = await all_kept(keeping(made, 30, newer))
    assert sorted(found) == sorted([*old_ids, new_id])
    assert set(found.values()) == {(f"What is a {ASKED}?", ANSWER)}


async def test_what_no_key_decrypts_is_counted_and_stays(at_bench: Bench) -> None:
    made = keeping(at_bench, 30)
    await some_kept(made, 2)
    before = await made.house.database.read(lambda conn: texts.after(conn, ""))
    stranger = rule(30, new_key()).keys
    assert stranger is not None
    done = await rotate(made.house.database, stranger)
    assert (done.changed, done.same, done.unreadable) == (0, 0, 2)
    assert await made.house.database.read(lambda conn: texts.after(conn, "")) == before


async def test_rows_that_were_swapped_are_noticed(at_bench: Bench) -> None:
    made = keeping(at_bench, 30)
    await some_kept(made, 2)

    def swap(conn: Connection) -> None:
        one, two = texts.after(conn, "")
        texts.exchange(conn, one, Kept(one.ask_id, two.question, two.answer))
        texts.exchange(conn, two, Kept(two.ask_id, one.question, one.answer))

    await made.house.database.write(swap)
    found = await all_kept(made)
    assert [question for question, _ in found.values()] == [str(MOVED)] * 2
