"""What one chunk of a streamed chat completion says, read from plain JSON: servers differ, so nothing is trusted."""

from collections.abc import Mapping
from dataclasses import dataclass

from budget.offer.pricing import Usage


@dataclass(frozen=True, slots=True)
class Chunk:
    """`speaks` when the model has begun: text, a refusal, hidden reasoning or the end; `error` is the provider's."""

    text: str = ""
    speaks: bool = False
    finish_reason: str | None = None
    usage: Usage | None = None
    error: object = None


NOTHING = Chunk()
MOST_COUNTED = 10**9  # tokens of one call: no model reads a thousandth of that, so more is a mistake


def read_chunk(data: object) -> Chunk:
    """The first choice of a chunk (none in the one that carries usage). Shapes as in OpenAI's chat completion chunk."""
    if not isinstance(data, Mapping):
        return NOTHING
    if data.get("error"):
        return Chunk(error=data["error"])
    raw_usage = data.get("usage")
    usage = read_usage(raw_usage) if raw_usage is not None else None
    choices = data.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, Mapping):
        return Chunk(usage=usage) if usage else NOTHING
    delta, finish = choice.get("delta"), choice.get("finish_reason")
    finish = finish if isinstance(finish, str) and finish else None
    if not isinstance(delta, Mapping):
        return Chunk(speaks=finish is not None, finish_reason=finish, usage=usage)
    text = _text(delta.get("content")) or _text(delta.get("refusal"))
    thinks = bool(_text(delta.get("reasoning_content")) or _text(delta.get("reasoning")))
    return Chunk(text, bool(text) or thinks or finish is not None, finish, usage)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def read_usage(raw: object) -> Usage | None:
    """A provider's count, or None where it is missing, malformed or all zeros: then somebody has to estimate.

    Where the total is more than its parts, the rest is reasoning that this provider counts apart: billed as output.
    """
    if not isinstance(raw, Mapping):
        return None
    sent, made, total = _count(raw.get("prompt_tokens")), _count(raw.get("completion_tokens")), raw.get("total_tokens")
    if sent is None or made is None or not sent + made:
        return None
    details = raw.get("prompt_tokens_details")
    details = details if isinstance(details, Mapping) else {}
    return Usage(
        input_tokens=sent,
        output_tokens=max(made, (_count(total) or 0) - sent),
        cache_read_tokens=_count(details.get("cached_tokens")) or 0,
        cache_write_tokens=_count(details.get("cache_write_tokens")) or 0,
    )


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_COUNTED else None
