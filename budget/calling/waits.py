"""How long an ask waits for its model: the time-outs of one ask, counted from its start, over all attempts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from budget.offer.model import Timeouts

Phase = Literal["connect", "first token", "between tokens", "total"]
USAGE_WAIT_S = 5.0  # after the model has ended, for the chunk that carries usage
LAST_WAIT_S = 0.1  # for the end of the body, so that the connection can be used again


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

    def next(self, *, ended: bool, done: bool) -> Wait:
        """For the next chunk. Once the model has `ended` only usage is still to come, and after `done` nothing."""
        patience_s = LAST_WAIT_S if done else USAGE_WAIT_S if ended else self.timeouts.between_tokens_s
        return self._within(self.time() + min(patience_s, self.timeouts.between_tokens_s), "between tokens")

    def _within(self, until_s: float, phase: Phase) -> Wait:
        last_s = self.started_s + self.timeouts.total_s
        return Wait(until_s, phase) if until_s <= last_s else Wait(last_s, "total")
