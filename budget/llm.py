"""The model's side of an ask: one streamed chat completion at any OpenAI-compatible server.

The SDK opens the request and splits the stream; chunks are read as plain JSON (`cast_to=object`), which costs a third
of building its typed objects. Retries and time-outs are ours: the SDK neither tells which wait ran out nor may it retry
what has begun to speak. Every error of the SDK and of its HTTP library ends here, as one of `budget.faults`.
"""

import asyncio
import re
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Literal, TypeVar

import anyio
import httpx2
import openai

from budget.chunks import Chunk, read_chunk
from budget.faults import (
    BadSecret,
    ContentRefused,
    ContextTooLong,
    Cut,
    LlmError,
    RateLimited,
    ServerFault,
    TimedOut,
    UnknownModel,
    Unreachable,
)  # fmt: skip
from budget.model import Model
from budget.pricing import Usage
from budget.waits import Wait, Waits

__all__ = [
    "BadSecret", "ContentRefused", "ContextTooLong", "Cut", "End", "Llm", "LlmError", "Message", "RateLimited",
    "ServerFault", "Text", "TimedOut", "UnknownModel", "Unreachable",
]  # fmt: skip

T = TypeVar("T")
Events = openai.AsyncStream[object]
Stage = Literal["opening", "silent", "speaking"]

OPENAI_URL = "https://api.openai.com/v1"  # said aloud, or the SDK would read OPENAI_BASE_URL by itself
CONNECTIONS = httpx2.Limits(max_connections=1_000, max_keepalive_connections=200, keepalive_expiry=30)
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 8.0

BORDER = (  # everything that may come out of the SDK; bad JSON in a stream is a plain ValueError
    openai.OpenAIError, httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError,
    ssl.SSLError, anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError, OSError, ValueError,
)  # fmt: skip
NEVER_SENT = (
    httpx2.ConnectError, httpx2.UnsupportedProtocol, httpx2.LocalProtocolError, httpx2.ProxyError, httpx2.InvalidURL,
    ValueError,
)  # fmt: skip
STATUS_KINDS: dict[int, type[LlmError]] = {
    401: BadSecret,
    403: BadSecret,
    404: UnknownModel,
    413: ContextTooLong,
    429: RateLimited,
}
WORDS: dict[type[LlmError], tuple[str, ...]] = {
    ContextTooLong: (
        "context_length_exceeded", "exceed_context_size", "context length", "context size", "context window",
        "prompt is too long", "string_above_max_length",
    ),
    ContentRefused: ("content_filter", "content_policy", "content management policy", "responsibleaipolicy"),
    UnknownModel: ("model_not_found",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Message:
    """One message to a model: `system`, `user` or `assistant`. Its text stays out of logs."""

    role: str
    content: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of the answer, as it came."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class End:
    """The last event. No `finish_reason`: cut off. No `usage`: the provider reported none, so it is to be estimated."""

    finish_reason: str | None
    usage: Usage | None


class Llm:
    """Asks models. Keeps one pool of connections per server and key; `random` gives numbers in [0, 1) for pauses."""

    def __init__(self, *, random: Callable[[], float], retries: int = 2, longest_pause_s: float = LONGEST_PAUSE_S):
        self._random = random
        self._retries = retries
        self._longest_pause_s = longest_pause_s
        self._clients: dict[tuple[str, str], openai.AsyncOpenAI] = {}

    async def stream(
        self, model: Model, messages: Sequence[Message], cap_tokens: int
    ) -> AsyncGenerator[Text | End, None]:
        """Pieces of text, then one End. Close the generator (`aclose`) to hang up early.

        `cap_tokens` is the most output the provider may make. Raises LlmError and its kinds, nothing else.
        """
        clock = asyncio.get_running_loop().time
        waits = Waits(model.timeouts, clock, started_s=clock())
        events, chunk = await self._begin(model, _body(model, messages, cap_tokens), waits)
        finish_reason, usage = None, None
        try:
            while chunk is not None:
                if chunk.text:
                    yield Text(chunk.text)
                finish_reason, usage = chunk.finish_reason or finish_reason, chunk.usage or usage
                chunk = await _after(events, waits, ended=finish_reason is not None)
        finally:
            await events.close()
        yield End(finish_reason, usage)

    async def close(self) -> None:
        """Hang up all connections."""
        clients, self._clients = self._clients, {}
        for client in clients.values():
            await client.close()

    async def _begin(self, model: Model, body: dict[str, object], waits: Waits) -> tuple[Events, Chunk | None]:
        """A stream that has begun to speak, and its first chunk; tried again as long as none has."""
        reached = False
        for attempt in range(self._retries + 1):
            try:
                return await self._attempt(model, body, waits.first())
            except LlmError as fault:
                reached = fault.reached = fault.reached or reached
                pause_s = self._pause(fault, attempt)
                if pause_s is None or waits.time() + pause_s >= waits.first().until_s:
                    raise
            await asyncio.sleep(pause_s)
        raise AssertionError("the last attempt returns or raises")

    async def _attempt(self, model: Model, body: dict[str, object], wait: Wait) -> tuple[Events, Chunk | None]:
        connect_s = model.timeouts.connect_s
        opening = self._client(model).post(
            "/chat/completions",
            body=body,
            cast_to=object,
            stream=True,
            stream_cls=Events,
            options={"timeout": httpx2.Timeout(None, connect=connect_s, pool=connect_s)},
        )
        events = await _guarded(opening, wait, "opening")
        try:
            chunk = await _guarded(anext(events, None), wait, "silent")
            while chunk is not None and not read_chunk(chunk).speaks:
                chunk = await _guarded(anext(events, None), wait, "silent")
        except BaseException:
            await events.close()
            raise
        return events, None if chunk is None else read_chunk(chunk)

    def _pause(self, fault: LlmError, attempt: int) -> float | None:
        """Seconds until the next attempt, or None for none: not worth it, or the provider asks for more patience."""
        if attempt >= self._retries or not isinstance(fault, RateLimited | ServerFault | Unreachable):
            return None
        if fault.code == "insufficient_quota" or (isinstance(fault, ServerFault) and not fault.reached):
            return None
        if fault.retry_after_s is not None:
            return fault.retry_after_s if fault.retry_after_s <= self._longest_pause_s else None
        return min(FIRST_PAUSE_S * (1 << attempt) * (0.5 + self._random()), self._longest_pause_s)

    def _client(self, model: Model) -> openai.AsyncOpenAI:
        key = (model.base_url or OPENAI_URL, model.secret)
        if key not in self._clients:
            http = openai.DefaultAsyncHttpxClient(limits=CONNECTIONS)
            self._clients[key] = openai.AsyncOpenAI(
                base_url=key[0], api_key=model.secret, max_retries=0, http_client=http
            )
        return self._clients[key]


def _body(model: Model, messages: Sequence[Message], cap_tokens: int) -> dict[str, object]:
    return {
        **model.extra,
        "model": model.api_name,
        "messages": [{"role": message.role, "content": message.content} for message in messages],
        model.cap_parameter: cap_tokens,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


async def _after(events: Events, waits: Waits, *, ended: bool) -> Chunk | None:
    """The next chunk, or None at the end. What goes wrong after the model has `ended` only costs us its usage."""
    try:
        data = await _guarded(anext(events, None), waits.next(ended=ended), "speaking")
    except LlmError:
        if ended:
            return None
        raise
    return None if data is None else read_chunk(data)


async def _guarded(work: Awaitable[T], wait: Wait, stage: Stage) -> T:
    """Wait for the SDK, and translate whatever it raises; `from None`, since its errors quote what was sent."""
    limit = asyncio.timeout_at(wait.until_s)
    try:
        async with limit:
            return await work
    except BORDER as error:
        raise TimedOut(wait.phase, reached=True) if limit.expired() else fault_of(error, stage) from None


def fault_of(error: Exception, stage: Stage) -> LlmError:
    """The fault for an error of the SDK or of its HTTP library, raised while a call was at that stage."""
    if isinstance(error, openai.APIStatusError):
        return _status_fault(error)
    if isinstance(error, openai.ContentFilterFinishReasonError):
        return ContentRefused(reached=True)
    if isinstance(error, openai.APIError) and not isinstance(error, openai.APIConnectionError):
        kind = _kind_by_words(error) or (Cut if stage == "speaking" else ServerFault)
        return kind(reached=kind not in (ContextTooLong, UnknownModel), code=_code(error))
    cause = error.__cause__ if isinstance(error, openai.APIConnectionError) and error.__cause__ else error
    if isinstance(cause, httpx2.ConnectTimeout | httpx2.PoolTimeout):
        return TimedOut("connect", reached=False)
    if stage != "opening":
        return Cut(reached=True)
    if isinstance(cause, httpx2.TimeoutException | openai.APITimeoutError):
        return TimedOut("first token", reached=True)
    return Unreachable(reached=not isinstance(cause, NEVER_SENT))


def _status_fault(error: openai.APIStatusError) -> LlmError:
    status = error.status_code
    kind = (
        STATUS_KINDS[status] if status in (401, 429) else _kind_by_words(error) or STATUS_KINDS.get(status, ServerFault)
    )
    worked = status >= 500 or status in (408, 409)  # a refusal comes before any work; a failure may come after some
    return kind(
        reached=kind is ServerFault and worked,
        retry_after_s=_retry_after_s(error.response.headers),
        status=status,
        code=_code(error),
    )


def _kind_by_words(error: openai.APIError) -> type[LlmError] | None:
    """What the error's code, type and message say: servers disagree about the status for these."""
    words = f"{error.code} {error.type} {error.message}".casefold()
    return next((kind for kind, signs in WORDS.items() if any(sign in words for sign in signs)), None)


def _code(error: openai.APIError) -> str | None:
    """The provider's code, when it is one word: anything longer might quote the question."""
    code = error.code or error.type
    return code if isinstance(code, str) and re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", code) else None


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """`Retry-After` in seconds or as a date (RFC 9110, 10.2.3), the date against the answer's own `Date`."""
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", value, re.ASCII):
        return float(value)
    try:
        wait = parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError):
        return None
    return max(0.0, wait.total_seconds())
