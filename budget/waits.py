"""How long an ask waits for its model: the time-outs of one ask, counted from its start, over all attempts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from budget.model import Timeouts

Phase = Literal["connect", "first token", "between tokens", "total"]
USAGE_WAIT_S = 5.0  # after the model has ended, for the chunk that carries usage


@dataclass(frozen=True, slots=True)
class Wait:
    """Until when to wait, on the event loop's clock, and what ran out then."""

    until_s: float
    phase: Phase


@dataclass(frozen=True, slots=True)
class Waits:
    """`time` is the event loop's clock, in seconds; `started_s` the ask's start on it."""

    timeouts: Timeouts
    time: Callable[[], float]
    started_s: float

    def first(self) -> Wait:
        """For the answer's first token, connecting and earlier attempts included."""
        return self._within(self.started_s + self.timeouts.first_token_s, "first token")

    def next(self, *, ended: bool) -> Wait:
        """For the next chunk; once the model has `ended`, only usage is still to come."""
        patience_s = min(USAGE_WAIT_S, self.timeouts.between_tokens_s) if ended else self.timeouts.between_tokens_s
        return self._within(self.time() + patience_s, "between tokens")

    def _within(self, until_s: float, phase: Phase) -> Wait:
        last_s = self.started_s + self.timeouts.total_s
        return Wait(until_s, phase) if until_s <= last_s else Wait(last_s, "total")
