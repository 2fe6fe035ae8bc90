"""What is read of a thread, and that reading and looking people up keeps to Slack's limits."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from handlers.slack.asking import threads
from handlers.slack.asking.threads import read_message, read_thread
from sandbox.seed import ADA, ALAN, GENERAL, GRACE
from store.database import Database
from store.people import Person
from tests.floor import Floor, floor


@pytest.fixture
async def acme(database: Database) -> AsyncIterator[Floor]:
    async with floor(database) as opened:
        yield opened


async def test_a_thread_is_read_to_its_newest_message(acme: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "PAGE", 10)
    root = await acme.bench.send(ADA, GENERAL, "root")
    for n in range(35):
        await acme.bench.send(ALAN, GENERAL, f"reply {n}", root)
    question = await acme.bench.send(ADA, GENERAL, "so?", root)
    read = await read_thread(acme.desk, GENERAL, root, question)
    assert [message["text"] for message in read] == ["root", *(f"reply {n}" for n in range(35))]
    assert len(await acme.bench.calls("conversations.replies")) == 4


async def test_a_thread_without_an_end_is_read_to_a_bound(acme: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "PAGE", 1)
    root = await acme.bench.send(ADA, GENERAL, "root")
    for n in range(9):
        await acme.bench.send(ALAN, GENERAL, f"reply {n}", root)
    assert len(await read_thread(acme.desk, GENERAL, root, await acme.bench.send(ADA, GENERAL, "?", root))) == 5


async def test_a_pause_after_a_429_holds_reading_and_looking_up_back(acme: Floor) -> None:
    loop, limits = asyncio.get_running_loop(), acme.desk.limits
    for method in ("users.info", "conversations.replies"):
        limits.pause(method, 0.4)
    root = await acme.bench.send(ADA, GENERAL, "root")
    began_s = loop.time()
    assert await acme.desk.identity.name(GRACE) == GRACE  # only a name: not worth a wait
    assert await acme.bench.calls("users.info") == []
    assert loop.time() - began_s < 0.3
    assert isinstance(await acme.desk.identity.who(GRACE), Person)
    assert await read_message(acme.desk, GENERAL, root, root)
    assert loop.time() - began_s >= 0.4


async def test_a_429_pauses_a_method_for_all(acme: Floor) -> None:
    await acme.bench.fault("users.info", "ratelimited", retry_after_s=1, times=9)
    await acme.desk.identity.who(GRACE)
    assert not acme.desk.limits.is_free("users.info")
