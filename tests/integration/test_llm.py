"""The model client against a scripted server, over real HTTP: every way a call can go wrong, and the right one."""

import asyncio
import inspect
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from dataclasses import replace
from decimal import Decimal
from typing import Any

import httpx2
import openai
import pytest
from openai import _exceptions

from budget.llm import (
    BORDER,
    BadSecret,
    ContentRefused,
    ContextTooLong,
    Cut,
    End,
    Llm,
    LlmError,
    Message,
    RateLimited,
    ServerFault,
    Text,
    TimedOut,
    UnknownModel,
    Unreachable,
    fault_of,
)  # fmt: skip
from budget.model import Model, Timeouts
from budget.pricing import Price, Rate, Usage
from sandbox.model.standin import ModelStandin, Script, error, refuses, says, usage

SECRET_QUESTION = "How do I poach an egg?"
PRICE = Price("own", Rate(Decimal(1)), Rate(Decimal(4)), Rate(Decimal(1)), Rate(Decimal(1)))


@pytest.fixture
async def provider() -> AsyncIterator[ModelStandin]:
    async with ModelStandin() as standin:
        yield standin


@pytest.fixture
async def llm() -> AsyncIterator[Llm]:
    client = Llm(random=lambda: 0.0, longest_pause_s=0.4)
    yield client
    await client.close()


def model_of(provider: ModelStandin, **changes: Any) -> Model:
    model = Model(
        name="standin", api_name="standin-1", provider=None, base_url=provider.base_url, secret=provider.key,
        price=PRICE, context_tokens=8_000, max_output_tokens=1_000, timeouts=Timeouts(2, 5, 5, 10),
    )  # fmt: skip
    return replace(model, **changes)


async def ask(llm: Llm, model: Model, cap_tokens: int = 300) -> tuple[str, End]:
    """The whole text, and the end."""
    text, end = "", None
    async with aclosing(llm.stream(model, [Message("user", SECRET_QUESTION)], cap_tokens)) as events:
        async for event in events:
            assert end is None, "nothing comes after the end"
            if isinstance(event, Text):
                text += event.text
            else:
                end = event
    assert end is not None
    return text, end


async def fault(llm: Llm, model: Model) -> LlmError:
    with pytest.raises(LlmError) as caught:
        await ask(llm, model)
    assert SECRET_QUESTION not in repr(caught.value) + str(caught.value)
    shown = caught.value.__context__ if not caught.value.__suppress_context__ else None
    assert shown is None, "the SDK's error quotes what was sent, so it must not be printed along"
    return caught.value


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


@pytest.mark.parametrize(
    ("script", "kind", "code"),
    [
        (refuses(401, error("Incorrect API key", code="invalid_api_key")), BadSecret, "invalid_api_key"),
        (refuses(403, error("Not for you")), BadSecret, "invalid_request_error"),
        (refuses(404, error("No such model", code="model_not_found")), UnknownModel, "model_not_found"),
        (refuses(400, error("No such model", code="model_not_found")), UnknownModel, "model_not_found"),
        (refuses(404, "<html>nothing here</html>"), UnknownModel, None),
        (refuses(400, error("too long", code="context_length_exceeded")), ContextTooLong, "context_length_exceeded"),
        (refuses(400, error("This model's maximum context length is 512 tokens")), ContextTooLong, None),
        (refuses(400, error("x", kind="exceed_context_size_error")), ContextTooLong, "exceed_context_size_error"),
        (refuses(413, "too large"), ContextTooLong, None),
        (refuses(400, error("The response was filtered", code="content_filter")), ContentRefused, "content_filter"),
        (refuses(422, error(f"{SECRET_QUESTION} is not valid", code=SECRET_QUESTION)), ServerFault, None),
        (refuses(400, "plainly wrong"), ServerFault, None),
    ],
)  # fmt: skip
async def test_a_refusal_is_told_apart_not_tried_again_and_never_reached_the_model(
    provider: ModelStandin, llm: Llm, script: Script, kind: type[LlmError], code: str | None
) -> None:
    provider.script(script)
    found = await fault(llm, model_of(provider))
    assert type(found) is kind
    assert not found.reached
    assert found.status == script.status
    assert code in (found.code, None)
    assert provider.received == 1


async def test_a_wrong_key_is_refused(provider: ModelStandin, llm: Llm) -> None:
    found = await fault(llm, model_of(provider, secret="wrong"))
    assert isinstance(found, BadSecret)
    assert provider.received == 1


async def test_429_with_a_short_retry_after_is_obeyed(provider: ModelStandin, llm: Llm) -> None:
    provider.script(refuses(429, retry_after="0.3"), says("At last."))
    started_s = asyncio.get_running_loop().time()
    text, _ = await ask(llm, model_of(provider))
    assert text == "At last."
    assert asyncio.get_running_loop().time() - started_s >= 0.3
    assert provider.received == 2


async def test_429_with_a_long_retry_after_is_handed_on_at_once(provider: ModelStandin, llm: Llm) -> None:
    provider.script(refuses(429, retry_after="37"))
    found = await fault(llm, model_of(provider))
    assert isinstance(found, RateLimited)
    assert (found.retry_after_s, found.reached, provider.received) == (37.0, False, 1)


async def test_429_with_a_date_counts_from_the_answers_own_date(provider: ModelStandin, llm: Llm) -> None:
    provider.script(
        refuses(429, retry_after="Fri, 01 Jan 2027 00:01:30 GMT", date="Fri, 01 Jan 2027 00:00:00 GMT"),
    )
    assert (await fault(llm, model_of(provider))).retry_after_s == 90


async def test_429_without_retry_after_is_tried_three_times(provider: ModelStandin, llm: Llm) -> None:
    provider.script(refuses(429, error("slow down", code="rate_limit_exceeded")))
    found = await fault(llm, model_of(provider))
    assert isinstance(found, RateLimited)
    assert (found.retry_after_s, found.reached, provider.received) == (None, False, 3)


async def test_an_empty_account_at_the_provider_is_not_tried_again(provider: ModelStandin, llm: Llm) -> None:
    provider.script(refuses(429, error("no money", code="insufficient_quota")))
    found = await fault(llm, model_of(provider))
    assert (type(found), found.code, provider.received) == (RateLimited, "insufficient_quota", 1)


@pytest.mark.parametrize("status", [500, 502, 503, 529])
async def test_a_server_fault_is_tried_again_and_may_have_reached_the_model(
    provider: ModelStandin, llm: Llm, status: int
) -> None:
    provider.script(refuses(status, "<html>broken</html>", retry_after="0"))
    found = await fault(llm, model_of(provider))
    assert (type(found), found.status, found.reached, provider.received) == (ServerFault, status, True, 3)


async def test_a_server_fault_that_passes_is_not_noticed(provider: ModelStandin, llm: Llm) -> None:
    provider.script(refuses(500, retry_after="0"), says("Fine."))
    assert (await ask(llm, model_of(provider)))[0] == "Fine."


async def test_one_attempt_that_may_have_worked_marks_the_ask(provider: ModelStandin, llm: Llm) -> None:
    provider.script(refuses(500, retry_after="0"), refuses(401))
    found = await fault(llm, model_of(provider))
    assert isinstance(found, BadSecret)
    assert found.reached


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


async def test_an_error_inside_the_stream(provider: ModelStandin, llm: Llm) -> None:
    provider.script(Script(error_after=2, body=error("overloaded", code="server_error")))
    found = await fault(llm, model_of(provider))
    assert (type(found), found.reached, found.code) == (Cut, True, "server_error")


async def test_an_error_inside_the_stream_before_the_first_token_is_tried_again(
    provider: ModelStandin, llm: Llm
) -> None:
    provider.script(Script(error_after=0), says("Better."))
    assert (await ask(llm, model_of(provider)))[0] == "Better."


async def test_a_context_too_long_told_inside_the_stream(provider: ModelStandin, llm: Llm) -> None:
    provider.script(Script(error_after=0, body=error("the request exceeds the available context size")))
    found = await fault(llm, model_of(provider))
    assert (type(found), found.reached) == (ContextTooLong, False)


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


@pytest.mark.parametrize("bad", ["data: {broken\n\n", "data: \xff\n\n"])
async def test_a_stream_that_is_no_json_is_cut(provider: ModelStandin, llm: Llm, bad: str) -> None:
    provider.script(Script(raw_after=1, raw=bad.encode("latin-1")))
    assert isinstance(await fault(llm, model_of(provider)), Cut)


@pytest.mark.parametrize(
    "odd", ["data: [1]\n\n", 'data: {"choices": null}\n\n', 'data: {"choices": [{}]}\n\n', ": ping\n\n", "event: x\n\n"]
)
async def test_odd_chunks_are_passed_over(provider: ModelStandin, llm: Llm, odd: str) -> None:
    provider.script(Script(pieces=("A", "B"), raw_after=1, raw=odd.encode()))
    text, end = await ask(llm, model_of(provider))
    assert (text, end.finish_reason) == ("AB", "stop")


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


def errors_of_the_sdk() -> list[Exception]:
    """One of each kind of error that the SDK's calls and its HTTP library define."""
    kinds = {
        kind
        for module in (_exceptions, httpx2)
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, openai.OpenAIError | httpx2.HTTPError | httpx2.InvalidURL | httpx2.StreamError)
    }
    return [made(kind) for kind in kinds]


def made(kind: type[Exception]) -> Exception:
    """An error without its constructor, which each kind has its own way of: only class and attributes are looked at."""
    each = kind.__new__(kind)
    request = httpx2.Request("POST", "http://x/v1")
    attributes = {
        "message": "m", "body": None, "code": None, "type": None, "status_code": getattr(kind, "status_code", 500),
        "response": httpx2.Response(500, request=request),
    }  # fmt: skip
    for name, value in attributes.items():
        with suppress(AttributeError):  # a property: the class has its own
            setattr(each, name, value)
    return each


def test_every_error_of_the_sdk_and_its_http_library_has_a_fault() -> None:
    errors = errors_of_the_sdk()
    names = {type(each).__name__ for each in errors}
    assert {"APIError", "OAuthError", "RateLimitError", "APITimeoutError", "ReadError", "PoolTimeout"} <= names
    for each in errors:
        assert isinstance(each, BORDER), f"{type(each)} would pass the border"
        assert isinstance(fault_of(each, opened=False), LlmError)
        assert isinstance(fault_of(each, opened=True), LlmError)


@pytest.mark.parametrize(
    ("error_kind", "opened", "kind", "reached"),
    [
        (openai.AuthenticationError, False, BadSecret, False),
        (openai.PermissionDeniedError, False, BadSecret, False),
        (openai.NotFoundError, False, UnknownModel, False),
        (openai.RateLimitError, False, RateLimited, False),
        (openai.BadRequestError, False, ServerFault, False),
        (openai.ConflictError, False, ServerFault, True),
        (openai.InternalServerError, False, ServerFault, True),
        (openai.APIResponseValidationError, False, ServerFault, True),
        (openai.APIConnectionError, False, Unreachable, True),
        (openai.APIConnectionError, True, Cut, True),
        (httpx2.ConnectError, False, Unreachable, False),
        (httpx2.UnsupportedProtocol, False, Unreachable, False),
        (httpx2.ReadError, False, Unreachable, True),
        (httpx2.RemoteProtocolError, True, Cut, True),
        (httpx2.ConnectTimeout, False, TimedOut, False),
        (httpx2.PoolTimeout, False, TimedOut, False),
        (httpx2.ReadTimeout, False, TimedOut, True),
        (httpx2.DecodingError, True, Cut, True),
    ],
)
def test_which_fault_an_error_becomes(
    error_kind: type[Exception], opened: bool, kind: type[LlmError], reached: bool
) -> None:
    found = fault_of(made(error_kind), opened=opened)
    assert (type(found), found.reached) == (kind, reached)


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


async def until(holds: Any, within_s: float = 3) -> None:
    async with asyncio.timeout(within_s):
        while not holds():
            await asyncio.sleep(0.01)
