"""Live news for the page and the tests: a WebSocket per reader, each told only what that person may see."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import TypeAlias

from aiohttp import web

from sandbox.workspace.wire import JsonObject

News: TypeAlias = Callable[[str], JsonObject | None]
"""From a reader's user id to what that reader is told, or None."""


class Feed:
    """Everyone who listens. Publishing never waits; a reader who does not keep up is cut off."""

    QUEUE_MAX = 5_000

    def __init__(self) -> None:
        self._readers: dict[asyncio.Queue[JsonObject | None], str] = {}

    def publish(self, news: News) -> None:
        """Tell every reader what `news` says for them."""
        for queue, reader in list(self._readers.items()):
            told = news(reader)
            if told is not None:
                self._put(queue, told)

    def to_all(self, told: JsonObject) -> None:
        """Tell every reader the same."""
        self.publish(lambda _reader: told)

    def to_one(self, user_id: str, told: JsonObject) -> None:
        """Tell one person."""
        self.publish(lambda reader: told if reader == user_id else None)

    def _put(self, queue: asyncio.Queue[JsonObject | None], told: JsonObject | None) -> None:
        if queue.full():
            self._readers.pop(queue, None)
            queue.get_nowait()
            queue.put_nowait(None)
        else:
            queue.put_nowait(told)

    async def serve(self, request: web.Request, user_id: str) -> web.WebSocketResponse:
        """`GET /control/events?as=U1`."""
        ws = web.WebSocketResponse(heartbeat=20)
        await ws.prepare(request)
        queue: asyncio.Queue[JsonObject | None] = asyncio.Queue(self.QUEUE_MAX)
        self._readers[queue] = user_id
        writer = asyncio.create_task(self._write(ws, queue))
        try:
            async for _ in ws:
                pass
        finally:
            self._readers.pop(queue, None)
            writer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await writer
        return ws

    async def _write(self, ws: web.WebSocketResponse, queue: asyncio.Queue[JsonObject | None]) -> None:
        with contextlib.suppress(ConnectionError):
            while (told := await queue.get()) is not None:
                await ws.send_json(told)
            await ws.close()

    def close(self) -> None:
        """Let every reader go."""
        for queue in list(self._readers):
            self._put(queue, None)
