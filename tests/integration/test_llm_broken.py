"""The model client where the wire breaks, falls silent or is left: over real HTTP against a scripted server."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from budget.llm import (
    Cut,
    Llm,
    Message,
    Text,
    TimedOut,
    Unreachable,
)  # fmt: skip
from budget.offer.model import Timeouts
from sandbox.model.standin import ModelStandin, Script, says
from tests.calling import ask, fault, model_of, until


@pytest.fixture
async def provider() -> AsyncIterator[ModelStandin]:
    async with ModelStandin() as standin:
        yield standin


@pytest.fixture
async def llm() -> AsyncIterator[Llm]:
    client = Llm(random=lambda: 0.0, longest_pause_s=0.4)
    yield client
    await client.close()


async def test_connection_refused(provider: ModelStandin, llm: Llm) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    found = await fault(llm, model_of(provider, base_url=url))
    assert isinstance(found, Unreachable)
    assert not found.reached


async def test_a_host_without_address(provider: ModelStandin, llm: Llm) -> None:
    found = await fault(llm, model_of(provider, base_url="http://no-such-host.invalid/v1"))
    assert isinstance(found, Unreachable)
    assert not found.reached


async def test_a_host_that_never_picks_up(provider: ModelStandin, llm: Llm) -> None:
    with socket.socket() as deaf:  # its queue of one is full, so further connections hang
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        address = deaf.getsockname()
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(address)
        model = model_of(provider, base_url=f"http://127.0.0.1:{address[1]}/v1", timeouts=Timeouts(0.2, 5, 5, 10))
        found = await fault(llm, model)
        for filler in fillers:
            filler.close()
    assert isinstance(found, TimedOut)
    assert (found.phase, found.reached) == ("connect", False)


async def test_a_server_that_hangs_up_before_it_answers(provider: ModelStandin, llm: Llm) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        found = await fault(llm, model_of(provider, base_url=url))
    assert isinstance(found, Unreachable)
    assert found.reached, "the request was sent: the model may have begun"


@pytest.mark.parametrize(
    "script", [Script(headers_s=30), Script(first_s=30), Script(hang_after=0)], ids=["no status", "slow", "silent"]
)
async def test_no_first_token(provider: ModelStandin, llm: Llm, script: Script) -> None:
    provider.script(script)
    found = await fault(llm, model_of(provider, timeouts=Timeouts(2, 0.2, 5, 10)))
    assert isinstance(found, TimedOut)
    assert (found.phase, found.reached, provider.received) == ("first token", True, 1)
    await until(lambda: provider.hung_up == 1)


async def test_silence_between_tokens(provider: ModelStandin, llm: Llm) -> None:
    provider.script(Script(hang_after=2))
    found = await fault(llm, model_of(provider, timeouts=Timeouts(2, 5, 0.2, 10)))
    assert isinstance(found, TimedOut)
    assert (found.phase, found.reached) == ("between tokens", True)


async def test_an_answer_that_takes_too_long_in_all(provider: ModelStandin, llm: Llm) -> None:
    provider.script(says("word " * 100, between_s=0.05))
    found = await fault(llm, model_of(provider, timeouts=Timeouts(2, 5, 5, 0.4)))
    assert isinstance(found, TimedOut)
    assert (found.phase, found.reached) == ("total", True)


@pytest.mark.parametrize("place", [0, 2], ids=["before the first token", "after two"])
async def test_a_connection_that_breaks_in_mid_stream(provider: ModelStandin, llm: Llm, place: int) -> None:
    provider.script(Script(cut_after=place))
    found = await fault(llm, model_of(provider))
    assert isinstance(found, Cut)
    assert found.reached
    assert provider.received == 1


async def test_what_came_before_a_cut_was_delivered(provider: ModelStandin, llm: Llm) -> None:
    provider.script(Script(pieces=("One", " two", " three"), cut_after=2))
    events = llm.stream(model_of(provider), [Message("user", "?")], 100)
    assert [await anext(events), await anext(events)] == [Text("One"), Text(" two")]
    with pytest.raises(Cut):
        await anext(events)


@pytest.mark.parametrize("bad", ["data: {broken\n\n", "data: \xff\n\n"])
async def test_a_stream_that_is_no_json_is_cut(provider: ModelStandin, llm: Llm, bad: str) -> None:
    provider.script(Script(raw_after=1, raw=bad.encode("latin-1")))
    assert isinstance(await fault(llm, model_of(provider)), Cut)


async def test_hanging_up_early_closes_the_connection(provider: ModelStandin, llm: Llm) -> None:
    provider.script(says("word " * 500, between_s=0.02))
    events = llm.stream(model_of(provider), [Message("user", "?")], 100)
    assert isinstance(await anext(events), Text)
    await events.aclose()
    await until(lambda: provider.hung_up == 1)
    assert provider.answered == 0


@pytest.mark.parametrize("script", [Script(headers_s=30), Script(hang_after=0), Script(hang_after=2)])
async def test_cancelling_closes_the_connection(provider: ModelStandin, llm: Llm, script: Script) -> None:
    provider.script(script)
    task = asyncio.create_task(ask(llm, model_of(provider)))
    await until(lambda: provider.received == 1)
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: provider.hung_up == 1)
