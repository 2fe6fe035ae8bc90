"""Room in memory that is shared: who needs some waits until there is enough, in the order of coming."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Room:
    """So many bytes for all together. Nobody waits for ever: more than all of it counts as all of it."""

    def __init__(self, total_bytes: int) -> None:
        self._total = self.free_bytes = total_bytes
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def of(self, size_bytes: int) -> AsyncIterator[None]:
        """Room of this size, for as long as the block lasts."""
        size_bytes = min(size_bytes, self._total)
        await self._enter(size_bytes)
        try:
            yield
        finally:
            self._leave(size_bytes)

    async def _enter(self, size_bytes: int) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((size_bytes, turn))
        self._let_in()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._let_in()  # whoever waited behind
            else:
                self._leave(size_bytes)
            raise

    def _leave(self, size_bytes: int) -> None:
        self.free_bytes += size_bytes
        self._let_in()

    def _let_in(self) -> None:
        while self._waiting and (self._waiting[0][1].cancelled() or self._waiting[0][0] <= self.free_bytes):
            size_bytes, turn = self._waiting.popleft()
            if not turn.cancelled():
                self.free_bytes -= size_bytes
                turn.set_result(None)
