"""Work of the clock that is done for one after another: what cannot be done for one keeps no other from its turn."""

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from store.database import Unavailable

T = TypeVar("T")


class Turns:
    """Each in its turn; faults are kept for the end.

    `work` says how much it did, and does what it does in transactions of its own.
    """

    def __init__(self) -> None:
        self.faults: list[Exception] = []

    async def each(self, items: Iterable[T], work: Callable[[T], Awaitable[int]]) -> int:
        """Do work for each item; how much it did in all. Raises Unavailable: then nothing else can be done either."""
        done = 0
        for item in items:
            try:
                done += await work(item)
            except Unavailable:
                raise
            except Exception as fault:  # noqa: BLE001  # raised by `end`, after the others had their turn
                self.faults.append(fault)
        return done

    def end(self, what: str) -> None:
        """Raise what went wrong, as an ExceptionGroup; `what` was not done."""
        if self.faults:
            raise ExceptionGroup(f"{len(self.faults)} {what}", self.faults)
