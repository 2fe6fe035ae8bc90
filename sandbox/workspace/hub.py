"""Socket Mode, the server's side: links, envelopes, acknowledgements and redelivery.

Shapes as docs.slack.dev, "Using Socket Mode". Events are retried by Slack's schedule until acknowledged; interactions
and commands are tried once.
"""

import asyncio
import contextlib
import secrets
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Any

from aiohttp import WSMsgType, web

from sandbox.workspace.limits import LINKS_MAX, Timing
from sandbox.workspace.links import DEBUG, Delivery, Link, NoAnswer, envelope
from sandbox.workspace.remote import Remote
from sandbox.workspace.wire import JsonObject

EVENTS_KEPT = 2_000
_HEARTBEAT_S = 30.0
_CUT_AFTER_S = 0.05
# apis/events-api/using-socket-mode: about ten seconds between the request to reopen and the end of the old connection.
_LEAVE_S = 10.0


class Hub:
    """All links of the app."""

    def __init__(self, timing: Timing, app_id: str, on_connected: Callable[[bool], None]) -> None:
        self.timing = timing
        self.links: list[Link] = []
        self.remote: Remote | None = None
        self.waiting: dict[str, Delivery] = {}
        self.sent: OrderedDict[str, JsonObject] = OrderedDict()
        self.acks_s: deque[float] = deque(maxlen=EVENTS_KEPT)  # from the first envelope to the acknowledgement
        self.duplicate_next = 1
        self.cut_before_ack = 0
        self._app_id = app_id
        self._on_connected = on_connected
        self._tickets: set[str] = set()
        self._turn = 0
        self._arrived = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def connected(self) -> bool:
        """True when something can be delivered."""
        return bool(self.links) or self.remote is not None

    @property
    def unacked(self) -> int:
        """Envelopes sent and not acknowledged yet."""
        return sum(not d.acked.done() for d in set(self.waiting.values()))

    def new_ticket(self) -> str:
        """A one-time path for `apps.connections.open`."""
        ticket = secrets.token_urlsafe(16)
        self._tickets.add(ticket)
        return ticket

    # -- sending ------------------------------------------------------------------------------------------------------

    def send_event(self, payload: JsonObject) -> None:
        """Deliver an event, with retries, as often as `duplicate_next` asks for."""
        self._remember(payload)
        times, self.duplicate_next = self.duplicate_next, 1
        for _ in range(times):
            self._start(self._delivery("events_api", payload))

    def resend_event(self, payload: JsonObject, *, attempt: int) -> None:
        """Deliver an event once more; `attempt` above 0 marks it as Slack's retry of that number."""
        self._start(self._delivery("events_api", payload, attempt, "timeout" if attempt else ""))

    async def ask(self, kind: str, payload: JsonObject) -> JsonObject | None:
        """Send an interaction or a command and wait for its acknowledgement's payload.

        Raises NoAnswer.
        """
        delivery = self._delivery(kind, payload)
        if not self.connected:
            raise NoAnswer("dispatch_failed")
        try:
            if not await self._attempt(delivery):
                raise NoAnswer("operation_timeout")
        finally:
            self._give_up(delivery)
        return delivery.acked.result()

    def _delivery(self, kind: str, payload: JsonObject, attempt: int = 0, reason: str = "") -> Delivery:
        return Delivery(kind, payload, asyncio.get_running_loop().create_future(), attempt, reason)

    def _remember(self, payload: JsonObject) -> None:
        self.sent[payload["event_id"]] = payload
        while len(self.sent) > EVENTS_KEPT:
            self.sent.popitem(last=False)

    def _start(self, delivery: Delivery) -> None:
        task = asyncio.create_task(self._deliver(delivery))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, delivery: Delivery) -> None:
        for delay_s in (None, *self.timing.retry_delays_s):
            if delay_s is not None:
                await asyncio.sleep(delay_s)
                delivery.attempt, delivery.reason = delivery.attempt + 1, "timeout"
            if delivery.acked.done() or await self._attempt(delivery):
                break
        self._give_up(delivery)

    def _give_up(self, delivery: Delivery) -> None:
        """Acknowledged, or out of tries: late acknowledgements of it mean nothing any more."""
        for envelope_id in delivery.envelope_ids:
            self.waiting.pop(envelope_id, None)

    async def _attempt(self, delivery: Delivery) -> bool:
        if self.remote is not None:
            return await self.remote.deliver(delivery, self.timing.ack_timeout_s)
        link = await self._next_link()
        await self._push(link, delivery)
        waits: list[asyncio.Future[Any]] = [
            asyncio.ensure_future(link.gone.wait()),
            asyncio.ensure_future(asyncio.shield(delivery.acked)),
        ]
        try:
            await asyncio.wait(waits, timeout=self.timing.ack_timeout_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        return delivery.acked.done()

    async def _next_link(self) -> Link:
        while not (staying := [link for link in self.links if not link.leaving]):
            self._arrived.clear()
            await self._arrived.wait()
        self._turn += 1
        return staying[self._turn % len(staying)]

    async def _push(self, link: Link, delivery: Delivery) -> None:
        envelope_id = f"{secrets.token_hex(4)}-{secrets.token_hex(2)}-{secrets.token_hex(2)}-{secrets.token_hex(6)}"
        self.waiting[envelope_id] = delivery
        delivery.envelope_ids.append(envelope_id)
        if delivery.written_s is None:
            delivery.written_s = asyncio.get_running_loop().time()
        with contextlib.suppress(ConnectionError):
            await link.ws.send_json(envelope(envelope_id, delivery))
        if self.cut_before_ack > 0:
            self.cut_before_ack -= 1
            # The app gets the envelope, and time to handle it; its acknowledgement is lost with the connection.
            link.deaf = True
            self._forget_link(link)
            asyncio.get_running_loop().call_later(_CUT_AFTER_S, link.cut)
            link.gone.set()

    # -- links --------------------------------------------------------------------------------------------------------

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """`GET /link/{ticket}`: one WebSocket, until it closes."""
        ticket = request.match_info["ticket"]
        if ticket not in self._tickets:
            return web.Response(status=404, text="This link was never issued, or was used before.")
        self._tickets.discard(ticket)
        ws = web.WebSocketResponse(heartbeat=_HEARTBEAT_S)
        await ws.prepare(request)
        if len(self.links) >= LINKS_MAX:
            await ws.send_json({"type": "disconnect", "reason": "too_many_websockets", "debug_info": DEBUG})
            await ws.close()
            return ws
        await self._live(Link(ws, request))
        return ws

    async def _live(self, link: Link) -> None:
        count = len(self.links) + 1
        await link.ws.send_json({
            "type": "hello", "num_connections": count, "debug_info": DEBUG,
            "connection_info": {"app_id": self._app_id},
        })  # fmt: skip
        self._add_link(link)
        try:
            async for message in link.ws:
                if message.type == WSMsgType.TEXT and not link.deaf:
                    self._acknowledge(message.json())
        finally:
            link.gone.set()
            self._forget_link(link)

    def _acknowledge(self, answer: JsonObject) -> None:
        delivery = self.waiting.pop(str(answer.get("envelope_id")), None)
        if delivery is not None and not delivery.acked.done():
            delivery.acked.set_result(answer.get("payload"))
            if delivery.written_s is not None:
                self.acks_s.append(asyncio.get_running_loop().time() - delivery.written_s)

    def _add_link(self, link: Link) -> None:
        self.links.append(link)
        self._arrived.set()
        if len(self.links) == 1:
            self._on_connected(True)

    def _forget_link(self, link: Link) -> None:
        if link in self.links:
            self.links.remove(link)
            if not self.links:
                self._on_connected(False)

    async def use_remote(self, remote: Remote | None) -> None:
        """Deliver over HTTP from now on, or over sockets again."""
        old, self.remote = self.remote, remote
        if old is not None:
            await old.close()
        self._on_connected(self.connected)

    async def refresh(self) -> None:
        """Ask every link to reopen, as Slack does about hourly, and close the old ones shortly after."""
        loop = asyncio.get_running_loop()
        for link in list(self.links):
            link.leaving = True
            with contextlib.suppress(ConnectionError):
                await link.ws.send_json({"type": "disconnect", "reason": "refresh_requested", "debug_info": DEBUG})
            loop.call_later(_LEAVE_S, link.cut)

    def drop(self) -> None:
        """Cut every link without a word."""
        for link in list(self.links):
            link.deaf = True
            self._forget_link(link)
            link.cut()

    async def close(self) -> None:
        """Stop deliveries and close the links."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.remote is not None:
            await self.remote.close()
        for link in list(self.links):
            link.gone.set()
            with contextlib.suppress(ConnectionError, asyncio.TimeoutError):
                await asyncio.wait_for(link.ws.close(), timeout=1.0)
