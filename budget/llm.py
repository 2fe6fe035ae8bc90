"""The model's side of an ask: one streamed chat completion at any OpenAI-compatible server.

The SDK makes the request; its stream is read as plain JSON from the raw response, which costs a third of its typed
objects. Retries and time-outs are ours: the SDK does not tell which wait ran out, and must not retry what has begun to
speak. Every error of the SDK and of its HTTP library ends here, as one of `budget.calling.faults`.
"""

import asyncio
import base64
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TypeVar

import httpx2
import openai

from budget.asking.answer import Answer
from budget.calling.faults import (
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
    kind_by_words,
    safe_code,
)
from budget.calling.transport import AiohttpTransport
from budget.calling.waits import Wait, Waits
from budget.files.attachments import Image
from budget.offer.model import Model
from budget.offer.pricing import Usage

__all__ = [
    "BadSecret", "ContentRefused", "ContextTooLong", "Cut", "End", "Llm", "LlmError", "Message", "RateLimited",
    "ServerFault", "Text", "TimedOut", "UnknownModel", "Unreachable",
]  # fmt: skip

T = TypeVar("T")
Opened = tuple[httpx2.Response, Answer]

OPENAI_URL = "https://api.openai.com/v1"  # said aloud, or the SDK would read OPENAI_BASE_URL by itself
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 8.0

# everything that may come out of the SDK; a URL or a key that cannot be sent is a plain ValueError
BORDER = (openai.OpenAIError, httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError, ValueError)
NEVER_SENT = (
    httpx2.ConnectError,
    httpx2.UnsupportedProtocol,
    httpx2.LocalProtocolError,
    httpx2.ProxyError,
    httpx2.InvalidURL,
    ValueError,
)
STATUS_KINDS: dict[int, type[LlmError]] = {
    401: BadSecret,
    403: BadSecret,
    404: UnknownModel,
    413: ContextTooLong,
    429: RateLimited,
}


@dataclass(frozen=True, slots=True)
class Message:
    """One message to a model: `system`, `user` or `assistant`. Its text stays out of logs."""

    role: str
    content: str = field(repr=False)
    images: tuple[Image, ...] = field(default=(), repr=False)


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
        response, answer = await self._begin(model, _body(model, messages, cap_tokens), waits)
        try:
            async for text in answer.texts(waits):
                yield Text(text)
        finally:
            await response.aclose()  # hangs up, unless the stream was read to its end
        yield End(answer.finish_reason, answer.usage)

    async def close(self) -> None:
        """Hang up all connections."""
        clients, self._clients = self._clients, {}
        for client in clients.values():
            await client.close()

    async def _begin(self, model: Model, body: dict[str, object], waits: Waits) -> Opened:
        """An answer that has begun to speak; tried again as long as none has."""
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

    async def _attempt(self, model: Model, body: dict[str, object], wait: Wait) -> Opened:
        connect_s = model.timeouts.connect_s
        opening = self._client(model).post(
            "/chat/completions",
            body=body,
            cast_to=object,
            stream=True,
            stream_cls=openai.AsyncStream[object],
            options={
                "timeout": httpx2.Timeout(None, connect=connect_s, pool=connect_s),
                "idempotency_key": "none",  # never sent, but the SDK would draw a random one for every call
            },
        )
        response = (await _guarded(opening, wait, opened=False)).response
        arriving = response.aiter_bytes()
        answer = Answer(lambda wait: _guarded(anext(arriving, b""), wait, opened=True))
        try:
            await answer.begin(wait)
        except BaseException:
            await response.aclose()
            raise
        return response, answer

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
            http = httpx2.AsyncClient(transport=AiohttpTransport(key[0]))
            self._clients[key] = openai.AsyncOpenAI(
                base_url=key[0], api_key=model.secret, max_retries=0, http_client=http
            )
        return self._clients[key]


def _body(model: Model, messages: Sequence[Message], cap_tokens: int) -> dict[str, object]:
    return {
        **model.extra,
        "model": model.api_name,
        "messages": [{"role": message.role, "content": _content(message)} for message in messages],
        model.cap_parameter: cap_tokens,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def _content(message: Message) -> str | list[dict[str, object]]:
    """A text alone as it is; images before the text, inside the request, so that no provider has to fetch them."""
    if not message.images:
        return message.content
    return [*map(_image_part, message.images), {"type": "text", "text": message.content}]


def _image_part(image: Image) -> dict[str, object]:
    encoded = base64.b64encode(image.data).decode("ascii")
    # "high" has the most tokens that budget.files.vision reckons with; left to "auto", newer models may take more.
    return {"type": "image_url", "image_url": {"url": f"data:{image.media_type};base64,{encoded}", "detail": "high"}}


async def _guarded(work: Awaitable[T], wait: Wait, *, opened: bool) -> T:
    """Wait for the SDK, and translate whatever it raises; `from None`, since its errors quote what was sent."""
    limit = asyncio.timeout_at(wait.until_s)
    try:
        async with limit:
            return await work
    except BORDER as error:
        fault = TimedOut(wait.phase, reached=True) if limit.expired() else fault_of(error, opened=opened)
        raise fault from None


def fault_of(error: Exception, *, opened: bool) -> LlmError:
    """The fault for an error of the SDK or of its HTTP library; `opened` once the provider has begun to answer."""
    if isinstance(error, openai.APIStatusError):
        return _status_fault(error)
    cause = error.__cause__ if isinstance(error, openai.APIConnectionError) and error.__cause__ else error
    if isinstance(cause, httpx2.ConnectTimeout | httpx2.PoolTimeout):
        return TimedOut("connect", reached=False)
    if opened:
        return Cut(reached=True)
    if isinstance(cause, httpx2.TimeoutException | openai.APITimeoutError):
        return TimedOut("first token", reached=True)
    if isinstance(cause, openai.OpenAIError) and not isinstance(cause, openai.APIConnectionError):
        return ServerFault(reached=True)
    return Unreachable(reached=not isinstance(cause, NEVER_SENT))


def _status_fault(error: openai.APIStatusError) -> LlmError:
    status = error.status_code
    parts: Mapping[str, object] = {"code": error.code, "type": error.type, "message": error.message}
    words = None if status in (401, 429) else kind_by_words(parts)  # these two need no interpretation
    kind = words or STATUS_KINDS.get(status, ServerFault)
    worked = status >= 500 or status in (408, 409)  # a refusal comes before any work; a failure may come after some
    return kind(
        reached=kind is ServerFault and worked,
        retry_after_s=_retry_after_s(error.response.headers),
        status=status,
        code=safe_code(parts),
    )


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
