"""What a call is charged, by how it ended. Pure: the table of failures in one place."""

from dataclasses import dataclass

from budget.asking.context import bound_tokens, likely_tokens
from budget.llm import (
    BadSecret,
    ContentRefused,
    ContextTooLong,
    Cut,
    End,
    LlmError,
    RateLimited,
    ServerFault,
    TimedOut,
    UnknownModel,
    Unreachable,
)  # fmt: skip
from budget.offer.pricing import Price, Usage

FAULTS: dict[type[LlmError], str] = {
    BadSecret: "bad_secret",
    UnknownModel: "unknown_model",
    RateLimited: "rate_limited",
    ContextTooLong: "context_too_long",
    ContentRefused: "content_refused",
    Unreachable: "unreachable",
    ServerFault: "server_fault",
    TimedOut: "timed_out",
    Cut: "cut",
}


@dataclass(frozen=True, slots=True)
class Call:
    """How a call to the model went: what came, and how it ended (an end, a fault, or neither: we hung up)."""

    input_tokens: int  # upper bound of what was sent
    likely_tokens: int  # what that may really count, on the high side
    cap_tokens: int
    text: str
    end: End | None = None
    fault: LlmError | None = None


@dataclass(frozen=True, slots=True)
class Charge:
    """What to do with the hold: release it (`cost_micros` None) or settle it at a cost."""

    state: str  # store.tables.ASK_STATES
    outcome: str
    cost_micros: int | None
    estimated: bool = False
    usage: Usage | None = None


def charge(call: Call, price: Price) -> Charge:
    """The charge for a call.

    Reported usage is taken at its word. Without it, the input is charged at its bound and the output at what was seen,
    a token a byte, at most the cap: never less than a provider could bill for it, reasoning that it hides aside. Where
    we hung up, mostly since a person pressed Stop, input and output are charged at their likely count: to stop must not
    be dearer than to let go on. A call that surely did not reach the model, or that the provider answered with an error
    before the first token, is free.
    """
    state, outcome = _ending(call)
    if call.end is not None and call.end.usage is not None:
        return Charge(state, outcome, price.cost_micros(call.end.usage), usage=call.end.usage)
    if call.fault is not None and not call.text and _unbilled(call.fault):
        return Charge(state, outcome, cost_micros=None)
    seen = _seen(call)
    return Charge(state, outcome, price.bound_micros(seen.input_tokens, seen.output_tokens), estimated=True, usage=seen)


def _seen(call: Call) -> Usage:
    we_hung_up = call.end is None and call.fault is None
    sent, count = (call.likely_tokens, likely_tokens) if we_hung_up else (call.input_tokens, bound_tokens)
    return Usage(input_tokens=sent, output_tokens=min(count(call.text), call.cap_tokens))


def _unbilled(fault: LlmError) -> bool:
    return not fault.reached or isinstance(fault, ServerFault)


def _ending(call: Call) -> tuple[str, str]:
    if call.fault is not None:
        return "failed", FAULTS[type(call.fault)]
    if call.end is None:
        return "cancelled", "cancelled"
    if call.end.finish_reason is None:
        return "failed", "cut"
    if call.end.finish_reason == "length":
        return "settled", "capped"
    if call.end.finish_reason == "content_filter":
        return "settled", "withheld"
    return "settled", "answered"
