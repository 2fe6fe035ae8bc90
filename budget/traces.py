"""What an operator may follow from step to step: spans. Nothing is traced unless the wiring sets a tracer.

A fact is an id, a kind, a number, or a model's or a host's name; never a text, a person or a secret. Names that begin
with `gen_ai`, `server` and `error` are OpenTelemetry's (semantic conventions for generative AI), written out here so
that nothing below the wiring needs its packages.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Literal, Protocol
from urllib.parse import urlsplit

from budget.asking.charge import FAULTS
from budget.llm import End, LlmError
from budget.offer.model import Model

Fact = str | bool | int | float | Sequence[str]
Kind = Literal["inside", "called", "calling"]
"""Inside of this process; called by another one; calling another one."""

PROVIDERS = {  # as the conventions name them, where the price book does otherwise
    "aws": "aws.bedrock", "azure": "azure.ai.openai", "google": "gcp.gemini", "mistral": "mistral_ai", "x-ai": "x_ai",
}  # fmt: skip

REASONS = frozenset({"stop", "length", "content_filter", "tool_calls"})  # another may be any text


class Span(Protocol):
    """A step under way."""

    def note(self, facts: Mapping[str, Fact], /) -> None:
        """Add facts."""


class Tracer(Protocol):
    """Where spans go."""

    def span(self, name: str, facts: Mapping[str, Fact], kind: Kind = "inside", /) -> AbstractContextManager[Span]:
        """A step: it begins and ends with the block, below the step that is under way. An exception fails it."""


class _Untold:
    def note(self, _facts: Mapping[str, Fact], /) -> None:
        """Nobody listens."""

    def span(self, _name: str, _facts: Mapping[str, Fact], _kind: Kind = "inside", /) -> AbstractContextManager[Span]:
        return nullcontext(self)


UNTRACED: Tracer = _Untold()


class Outcome(Protocol):
    """How far a model's answer got."""

    @property
    def end(self) -> End | None:
        """Its last event."""

    @property
    def fault(self) -> LlmError | None:
        """What broke it off."""

    @property
    def first_s(self) -> float | None:
        """When its first words came, on `time.monotonic`."""


@contextmanager
def calling(tracer: Tracer, model: Model, cap_tokens: int, outcome: Outcome) -> Iterator[None]:
    """The call of a model, from the request to the last of its words.

    https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans
    """
    began_s = time.monotonic()
    with tracer.span(f"chat {model.api_name}", asked(model, cap_tokens), "calling") as span:
        try:
            yield
        finally:
            span.note(came(outcome, began_s))


def asked(model: Model, cap_tokens: int) -> dict[str, Fact]:
    """What is known before the call."""
    server = urlsplit(model.base_url or "https://api.openai.com")
    facts: dict[str, Fact] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": PROVIDERS.get(model.provider or "", model.provider or "openai"),
        "gen_ai.request.model": model.api_name,
        "gen_ai.request.max_tokens": cap_tokens,
        "gen_ai.request.stream": True,
        "server.address": server.hostname or "",
    }
    return facts | ({"server.port": server.port} if server.port else {})


def came(outcome: Outcome, began_s: float) -> dict[str, Fact]:
    """What is known after it."""
    facts: dict[str, Fact] = {}
    if outcome.first_s is not None:
        facts["gen_ai.response.time_to_first_chunk"] = outcome.first_s - began_s
    if outcome.fault is not None:
        facts["error.type"] = FAULTS[type(outcome.fault)]
    if outcome.end is None:
        return facts
    if reason := outcome.end.finish_reason:
        facts["gen_ai.response.finish_reasons"] = (reason if reason in REASONS else "other",)
    if usage := outcome.end.usage:
        facts["gen_ai.usage.input_tokens"] = usage.input_tokens
        facts["gen_ai.usage.output_tokens"] = usage.output_tokens
        facts["gen_ai.usage.cache_read.input_tokens"] = usage.cache_read_tokens
        facts["gen_ai.usage.cache_creation.input_tokens"] = usage.cache_write_tokens
    return facts
