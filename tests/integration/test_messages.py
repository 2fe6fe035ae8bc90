"""Asks by the messages they stand in, on both databases."""

import asyncio
from datetime import timedelta

from sqlalchemy import update

from budget.asking.recovery import record, take_over
from store import messages
from store.asks import NewAsk, get, mark_told
from store.database import Database
from store.tables import ask
from tests.asking import WORKSPACE, Bench, bench


def new(
    made: Bench, ts: str, *, thread_ts: str = "1.0", round_: int = 0, asker: str = "U1", edited_ts: str | None = None
) -> NewAsk:
    ask_id = made.house.new_id()
    return NewAsk(
        ask_id, WORKSPACE, f"Ev{ask_id}", "C1", ts, thread_ts, None, "thread", asker, "hello", round=round_,
        edited_ts=edited_ts,
    )  # fmt: skip


async def put(made: Bench, one: NewAsk, state: str = "received") -> NewAsk:
    assert await record(made.house, one, "w1")
    ended = None if state == "received" else made.clock()
    await made.house.database.write(
        lambda conn: conn.execute(update(ask).where(ask.c.id == one.id).values(state=state, ended_at=ended))
    )
    return one


async def test_the_last_round_of_a_message(database: Database) -> None:
    async with bench(database) as made:
        assert await database.read(lambda conn: messages.last_round(conn, WORKSPACE, "C1", "1.0")) is None
        await put(made, new(made, "1.0"), "settled")
        second = await put(made, new(made, "1.0", round_=1))
        found = await database.read(lambda conn: messages.last_round(conn, WORKSPACE, "C1", "1.0"))
        assert found is not None
        assert found.id == second.id
        assert await database.read(lambda conn: messages.last_round(conn, "T2", "C1", "1.0")) is None
        by_event = await database.read(lambda conn: messages.by_event(conn, WORKSPACE, second.event_id))
        assert by_event == found


async def test_who_has_asked_in_a_thread(database: Database) -> None:
    async with bench(database) as made:
        await put(made, new(made, "1.0"), "settled")
        await put(made, new(made, "2.0", asker="U2"), "refused")

        async def has(asker: str, but_ts: str = "9.0", channel: str = "C1", thread_ts: str = "1.0") -> bool:
            return await database.read(
                lambda conn: messages.has_asked(conn, WORKSPACE, channel, thread_ts, asker, but_ts=but_ts)
            )

        assert await has("U1")
        assert not await has("U1", but_ts="1.0"), "the reply itself does not count"
        assert not await has("U2"), "who was refused has not asked"
        assert not await has("U3")
        assert not await has("U1", channel="C2")
        assert not await has("U1", thread_ts="2.0")


async def test_a_question_gets_its_message_from_whoever_has_it(database: Database) -> None:
    async with bench(database) as made:
        one = await put(made, new(made, "new:x", thread_ts="new:x"))

        async def place(attempt: int, ts: str) -> bool:
            return await database.write(
                lambda conn: messages.place(conn, one.id, attempt, channel_id="D1", message_ts=ts, thread_ts=ts)
            )

        made.clock.pass_s(61)
        await take_over(made.house, "w2")
        assert not await place(0, "5.0"), "it is in other hands"
        assert await place(1, "6.0")
        found = await database.read(lambda conn: get(conn, one.id))
        assert found is not None
        assert (found.channel_id, found.message_ts, found.thread_ts) == ("D1", "6.0", "6.0")


async def test_each_edit_counts_once_and_none_that_is_older(database: Database) -> None:
    async with bench(database) as made:
        one = await put(made, new(made, "1.0", edited_ts="1700000001.000100"))

        async def note(ts: str) -> bool:
            return await database.write(lambda conn: messages.note_edit(conn, one.id, ts))

        assert not await note("1700000001.000100"), "this is the text that was asked"
        assert sorted(await asyncio.gather(*(note("1700000002.000100") for _ in range(5)))) == [False] * 4 + [True]
        assert not await note("1700000001.500000")
        assert await note("1700000003.000100")


async def test_one_at_a_time_has_an_ended_ask(database: Database) -> None:
    async with bench(database) as made:
        one = await put(made, new(made, "1.0"))

        async def take(sharer: str) -> bool:
            now = made.clock()
            return await database.write(
                lambda conn: messages.take_ended(conn, one.id, sharer, at=now, until_at=now + timedelta(seconds=60))
            )

        assert not await take("s1"), "it is still answered"
        await database.write(lambda conn: conn.execute(update(ask).where(ask.c.id == one.id).values(state="settled")))
        assert not await take("s1"), "its asker was not told"
        await database.write(lambda conn: mark_told(conn, one.id, made.clock(), None))
        taken = await asyncio.gather(*(take(f"s{n}") for n in range(5)))
        assert taken.count(True) == 1, "the worker's own lease is no obstacle"
        made.clock.pass_s(61)
        assert await take("s8"), "whoever had it died"
        assert not await take("s9")
        await database.write(lambda conn: messages.let_go(conn, one.id, "s1", made.clock()))
        assert not await take("s9"), "only who has it lets go"
        await database.write(lambda conn: messages.let_go(conn, one.id, "s8", made.clock()))
        assert await take("s9")
