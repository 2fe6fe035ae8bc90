"""The parts of a running workspace, handed to everything that happens in it."""

import asyncio
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass, field

from sandbox.workspace.faults import Faults, Limits
from sandbox.workspace.feed import Feed
from sandbox.workspace.hub import Hub
from sandbox.workspace.ledger import Ledger
from sandbox.workspace.limits import Timing
from sandbox.workspace.state import State
from sandbox.workspace.wire import JsonObject

CALLS_KEPT = 20_000


@dataclass
class CallLog:
    """The Web API calls so far, numbered from 1; the oldest are forgotten."""

    entries: deque[JsonObject] = field(default_factory=lambda: deque(maxlen=CALLS_KEPT))
    count: int = 0

    def add(self, entry: JsonObject) -> JsonObject:
        """Number and keep an entry."""
        self.count += 1
        numbered = {"n": self.count, **entry}
        self.entries.append(numbered)
        return numbered

    def since(self, n: int) -> list[JsonObject]:
        """The entries after number `n`."""
        return [e for e in self.entries if e["n"] > n]


@dataclass
class World:
    """One workspace: what it remembers, whom it tells, and what goes wrong."""

    state: State
    hub: Hub
    feed: Feed
    timing: Timing
    faults: Faults = field(default_factory=Faults)
    limits: Limits = field(default_factory=Limits)
    calls: CallLog = field(default_factory=CallLog)
    ledger: Ledger = field(default_factory=Ledger)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def in_background(self, work: Coroutine[object, object, None]) -> None:
        """Let something run on while the person who began it goes on; it ends with the workspace."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """End what runs in the background, the feed and the sockets."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.feed.close()
        await self.hub.close()
