"""Socket Mode's parts: a connection, something on its way to the app, and the envelope around it."""

import asyncio
from dataclasses import dataclass, field

from aiohttp import web

from sandbox.workspace.wire import JsonObject

DEBUG = {"host": "applink-local", "build_number": 1, "approximate_connection_time": 18_060}


@dataclass(eq=False)
class Link:
    """One open WebSocket of the app. `leaving`: asked to reopen, gets nothing new. `deaf`: its acks no longer count."""

    ws: web.WebSocketResponse
    request: web.Request
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    leaving: bool = False
    deaf: bool = False

    def cut(self) -> None:
        """Cut the connection as a broken network would, without a closing handshake."""
        self.gone.set()
        if self.request.transport is not None:
            self.request.transport.abort()


@dataclass(eq=False)
class Delivery:
    """One happening on its way to the app. `acked` resolves with the acknowledgement's payload (or None).

    `written_s`: when its first envelope went out, on the event loop's clock.
    """

    kind: str
    payload: JsonObject
    acked: asyncio.Future[JsonObject | None]
    attempt: int = 0
    reason: str = ""
    envelope_ids: list[str] = field(default_factory=list)
    written_s: float | None = None


class NoAnswer(Exception):
    """The app is not connected (`dispatch_failed`), or did not acknowledge in time (`operation_timeout`)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def envelope(envelope_id: str, delivery: Delivery) -> JsonObject:
    """What goes over the socket; events alone carry the retry's number and reason."""
    body: JsonObject = {
        "envelope_id": envelope_id,
        "type": delivery.kind,
        "payload": delivery.payload,
        "accepts_response_payload": delivery.kind != "events_api",
    }
    if delivery.kind == "events_api":
        body |= {"retry_attempt": delivery.attempt, "retry_reason": delivery.reason}
    return body
