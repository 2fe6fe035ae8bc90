"""Where Slack's envelopes come in. It can be shut: what comes then is left for another connection, or for later."""

import asyncio

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from budget.meters import Meters
from budget.traces import Tracer

log = structlog.get_logger(__name__)

ACK_WITHIN_S = 3.0  # Slack waits no longer for an acknowledgement: docs.slack.dev/apis/events-api


class Door(AsyncSocketModeHandler):
    """Bolt's connection, which by itself forgets on closing that listeners still run and acknowledge."""

    def __init__(self, app: AsyncApp, app_token: str, meters: Meters, traces: Tracer) -> None:
        super().__init__(app, app_token)
        self._meters, self._traces = meters, traces
        self._shut = False
        self._inside: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Connect. Raises what Slack's library and the network raise."""
        await self.client.connect()

    async def is_up(self) -> bool:
        """Whether Slack can send us something."""
        return not self._shut and bool(await self.client.is_connected())

    async def close(self) -> None:
        """Hang up for good."""
        await self.client.close()

    async def handle(self, client: AsyncBaseSocketModeClient, req: SocketModeRequest) -> None:
        """Let an envelope in, its acknowledgement out; once shut, it is not acknowledged."""
        if self._shut:
            return
        with self._meters.ack.time(), self._traces.span(f"slack {req.type}", {}, "called"):
            task = asyncio.ensure_future(super().handle(client, req))  # type: ignore[arg-type]  # as Bolt has it
            self._inside.add(task)
            task.add_done_callback(self._inside.discard)
            try:
                await task
            except (aiohttp.ClientError, OSError) as fault:  # gone with its connection; what was sent comes again
                log.warning("acknowledgement not sent", kind=type(fault).__name__)

    async def shut(self) -> None:
        """Let nothing in any more, and the acknowledgements of what is inside out; then hang up."""
        self._shut = True
        self.client.auto_reconnect_enabled = False
        if self._inside:
            await asyncio.wait(set(self._inside), timeout=ACK_WITHIN_S)
        await self.client.disconnect()
