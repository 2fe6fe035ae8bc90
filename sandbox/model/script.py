"""What the stand-in for a model does on one call, and the bytes it sends: OpenAI's chat completion chunks."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any, Self

Count = dict[str, Any]


def usage(sent: int, made: int, *, cached: int = 0, written: int = 0) -> Count:
    """A usage object as OpenAI reports it: input tokens `sent` (cached and written ones included), output `made`."""
    details = {"cached_tokens": cached, "cache_write_tokens": written}
    total = {"prompt_tokens": sent, "completion_tokens": made, "total_tokens": sent + made}
    return {**total, "prompt_tokens_details": details} if cached or written else total


def error(message: str, *, code: str | None = None, kind: str = "invalid_request_error") -> dict[str, Any]:
    """An error body as OpenAI sends it."""
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


@dataclass(frozen=True)
class Script:
    """One call. Delays are in seconds; the `_after` ones count pieces of text sent before."""

    pieces: tuple[str, ...] = ("Hello", " from", " the", " stand-in.")
    usage: Count | Callable[[Mapping[str, Any]], Count | None] | None = field(
        default_factory=lambda: count_by_bytes  # None: reports none
    )
    finish_reason: str | None = "stop"
    done: bool = True  # ends the stream with [DONE]
    headers_s: float = 0.0  # before the status line
    first_s: float = 0.0  # between the status line and the first piece
    between_s: float = 0.0
    status: int = 200
    body: Mapping[str, Any] | str | None = None  # of an answer other than 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut_after: int | None = None  # drops the connection
    hang_after: int | None = None  # falls silent
    error_after: int | None = None  # sends `body` inside the stream, and ends it
    raw_after: int | None = None  # sends the bytes of `raw`, and goes on
    raw: bytes = b""

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """A script from the control endpoint. Raises TypeError on unknown keys."""
        unknown = plain.keys() - {each.name for each in fields(cls)}
        if unknown:
            raise TypeError(f"a script has no {', '.join(sorted(unknown))}")
        return cls(**{**plain, "pieces": tuple(plain["pieces"])} if "pieces" in plain else dict(plain))

    def count(self, request: Mapping[str, Any]) -> Count | None:
        """The usage to report for a request."""
        counted = self.usage(request) if callable(self.usage) else self.usage
        return counted if counted is None or "prompt_tokens" in counted else usage(**counted)


def count_by_bytes(request: Mapping[str, Any]) -> Count:
    """A plausible count: a token for every four bytes sent, and eight tokens of answer."""
    sent = sum(len(str(message.get("content", "")).encode()) for message in request.get("messages", ()))
    return usage(sent // 4 + 4, 8)


def says(text: str, **more: Any) -> Script:
    """A script that says this text, word by word."""
    words = text.split(" ")
    return Script(pieces=(words[0], *(f" {word}" for word in words[1:])), **more)


def refuses(status: int, body: Mapping[str, Any] | str | None = None, **headers: str) -> Script:
    """A script that answers with a status; `retry_after="2"` becomes the header Retry-After."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Script(status=status, body=body if body is not None else error(f"status {status}"), headers=named)


@lru_cache(maxsize=4096)
def piece(model: str, text: str) -> bytes:
    """A chunk with a piece of text."""
    return event(_chunk(model, {"content": text}, None))


def opening(model: str) -> bytes:
    """The chunk that only names the role."""
    return event(_chunk(model, {"role": "assistant", "content": ""}, None))


@lru_cache(maxsize=64)
def finish(model: str, reason: str) -> bytes:
    """The chunk that says why the model ended."""
    return event(_chunk(model, {}, reason))


def counted(model: str, count: Count) -> bytes:
    """The chunk with usage, which has no choices."""
    return event({**_head(model, "chat.completion.chunk"), "choices": [], "usage": count})


def event(data: Mapping[str, Any]) -> bytes:
    """A server-sent event."""
    return b"data: " + json.dumps(data, separators=(",", ":")).encode() + b"\n\n"


def whole(model: str, script: Script, count: Count | None) -> dict[str, Any]:
    """The answer to a request that does not stream."""
    message = {"role": "assistant", "content": "".join(script.pieces)}
    choice = {"index": 0, "message": message, "finish_reason": script.finish_reason}
    return {**_head(model, "chat.completion"), "choices": [choice], "usage": count}


def _chunk(model: str, delta: Mapping[str, Any], reason: str | None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return {**_head(model, "chat.completion.chunk"), "choices": [choice]}


def _head(model: str, kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-standin", "object": kind, "created": 1_700_000_000, "model": model}
