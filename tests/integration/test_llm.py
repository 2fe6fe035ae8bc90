"""The model client against a scripted server, over real HTTP: answers, their ends and their usage."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from budget.llm import (
    End,
    Llm,
)  # fmt: skip
from budget.offer.pricing import Usage
from sandbox.model.standin import ModelStandin, Script, error, refuses, says, usage
from tests.calling import SECRET_QUESTION, ask, fault, model_of


@pytest.fixture
async def provider() -> AsyncIterator[ModelStandin]:
    async with ModelStandin() as standin:
        yield standin


@pytest.fixture
async def llm() -> AsyncIterator[Llm]:
    client = Llm(random=lambda: 0.0, longest_pause_s=0.4)
    yield client
    await client.close()


async def test_an_answer_streams_with_its_usage(provider: ModelStandin, llm: Llm) -> None:
    provider.script(says("Two words at a time, äöü 😀.", usage=usage(120, 7, cached=100, written=10)))
    text, end = await ask(llm, model_of(provider))
    assert text == "Two words at a time, äöü 😀."
    assert end == End("stop", Usage(120, 7, cache_read_tokens=100, cache_write_tokens=10))
    assert provider.answered == 1


async def test_the_request_carries_the_cap_the_messages_and_what_the_model_needs(
    provider: ModelStandin, llm: Llm
) -> None:
    await ask(llm, model_of(provider, extra={"temperature": 0.2}), cap_tokens=77)
    await ask(llm, model_of(provider, cap_parameter="max_completion_tokens"), cap_tokens=78)
    older, newer = (request.body for request in provider.requests)
    assert older == {
        "model": "standin-1",
        "messages": [{"role": "user", "content": SECRET_QUESTION}],
        "max_tokens": 77,
        "temperature": 0.2,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    assert newer["max_completion_tokens"] == 78
    assert "max_tokens" not in newer


async def test_connections_are_used_again(provider: ModelStandin, llm: Llm) -> None:
    model = model_of(provider)
    for _ in range(3):
        await ask(llm, model)
    assert provider.connections == 1
    await asyncio.gather(*(ask(llm, model) for _ in range(20)))
    assert provider.connections <= 20


async def test_no_finish_reason_is_cut_off_with_the_usage_there_was(provider: ModelStandin, llm: Llm) -> None:
    provider.script(says("Half an ans", finish_reason=None, done=False, usage=usage(10, 3)))
    assert await ask(llm, model_of(provider)) == ("Half an ans", End(None, Usage(10, 3)))


async def test_no_usage(provider: ModelStandin, llm: Llm) -> None:
    provider.script(says("Free?", usage=None))
    assert await ask(llm, model_of(provider)) == ("Free?", End("stop", None))


@pytest.mark.parametrize(
    "count",
    [
        usage(0, 0),
        usage(-1, 5),
        {"prompt_tokens": "many", "completion_tokens": 3},
        {"prompt_tokens": 3},
        {"prompt_tokens": None, "completion_tokens": None},
    ],
)
async def test_a_count_that_makes_no_sense_is_none(provider: ModelStandin, llm: Llm, count: dict[str, Any]) -> None:
    provider.script(says("Hm.", usage=count))
    assert (await ask(llm, model_of(provider)))[1].usage is None


async def test_details_that_are_missing_count_as_nothing_cached(provider: ModelStandin, llm: Llm) -> None:
    provider.script(says("Hm.", usage={**usage(9, 2), "prompt_tokens_details": None}))
    assert (await ask(llm, model_of(provider)))[1].usage == Usage(9, 2)


async def test_reasoning_that_is_only_in_the_total_is_output(provider: ModelStandin, llm: Llm) -> None:
    provider.script(says("Hm.", usage={**usage(9, 2), "total_tokens": 511}))
    assert (await ask(llm, model_of(provider)))[1].usage == Usage(9, 502)


async def test_usage_lost_after_the_end_leaves_the_answer_whole(provider: ModelStandin, llm: Llm) -> None:
    body = b'data: {"choices":[{"index":0,"delta":{"content":"All."},"finish_reason":"stop"}]}\n\n'

    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 9999\r\n\r\n"
        writer.write(head + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(half, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        assert await ask(llm, model_of(provider, base_url=url)) == ("All.", End("stop", None))


async def test_content_refused_at_the_end_is_an_end_with_its_usage(provider: ModelStandin, llm: Llm) -> None:
    provider.script(says("I will not", finish_reason="content_filter", usage=usage(10, 3)))
    assert await ask(llm, model_of(provider)) == ("I will not", End("content_filter", Usage(10, 3)))


@pytest.mark.parametrize(
    "odd", ["data: [1]\n\n", 'data: {"choices": null}\n\n', 'data: {"choices": [{}]}\n\n', ": ping\n\n", "event: x\n\n"]
)
async def test_odd_chunks_are_passed_over(provider: ModelStandin, llm: Llm, odd: str) -> None:
    provider.script(Script(pieces=("A", "B"), raw_after=1, raw=odd.encode()))
    text, end = await ask(llm, model_of(provider))
    assert (text, end.finish_reason) == ("AB", "stop")


async def test_nothing_that_is_logged_quotes_the_question_or_the_key(
    provider: ModelStandin, llm: Llm, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    provider.script(says("An answer."), refuses(400, error(SECRET_QUESTION)))
    model = model_of(provider)
    await ask(llm, model)
    await fault(llm, model)
    assert SECRET_QUESTION not in caplog.text
    assert provider.key not in caplog.text + repr(model)
