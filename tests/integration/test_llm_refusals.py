"""The model client where a provider says no: which fault it is, whether it is tried again, whether it was reached."""

import asyncio
import inspect
from collections.abc import AsyncIterator
from contextlib import suppress

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
    Llm,
    LlmError,
    RateLimited,
    ServerFault,
    TimedOut,
    UnknownModel,
    Unreachable,
    fault_of,
)  # fmt: skip
from sandbox.model.standin import ModelStandin, Script, error, refuses, says
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
