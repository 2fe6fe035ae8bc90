"""Where Slack's calls come in over HTTP. Nothing of a request is read as anything before its signature holds."""

import asyncio
from http import HTTPStatus
from urllib.parse import parse_qs

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier

from budget.meters import Meters
from budget.traces import Tracer
from handlers.slack.door import ACK_WITHIN_S

log = structlog.get_logger(__name__)

PATH = "/slack/events"  # for events, commands and interactivity alike
LARGEST_BODY_BYTES = 1 << 20  # views and messages with all their blocks stay far below
READ_WITHIN_S = 3.0  # Slack itself waits no longer for the whole answer
FORM = "application/x-www-form-urlencoded"


class Inlet:
    """The request URL. Once shut, Slack is told to come again: to another process, or later."""

    def __init__(self, app: AsyncApp, signing_secret: str, meters: Meters, traces: Tracer) -> None:
        self._app = app
        self._meters, self._traces = meters, traces
        self._verifier = SignatureVerifier(signing_secret)
        self._shut = False
        self._inside: set[asyncio.Task[web.Response]] = set()

    async def is_up(self) -> bool:
        """Whether requests are let in."""
        return not self._shut

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request: 401 without a good signature of the last five minutes, 413, 408, 503 once shut.

        https://docs.slack.dev/authentication/verifying-requests-from-slack
        """
        if self._shut:
            return _only(HTTPStatus.SERVICE_UNAVAILABLE)
        # Listeners run to their end even when Slack hangs up: what is written down is written down once.
        task = asyncio.ensure_future(self._answer(request))
        self._inside.add(task)
        task.add_done_callback(self._inside.discard)
        return await asyncio.shield(task)

    async def _answer(self, request: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(READ_WITHIN_S):
                body = await request.read()  # raises 413 above LARGEST_BODY_BYTES
        except TimeoutError:
            return _only(HTTPStatus.REQUEST_TIMEOUT)
        if request.content_type == FORM and is_ssl_check(body):
            return _only(HTTPStatus.OK)
        if not self._is_signed(request, body):
            log.warning("a request without a good signature")
            return _only(HTTPStatus.UNAUTHORIZED)
        with self._meters.ack.time(), self._traces.span("slack request", {}, "called") as span:
            answer = await self._app.async_dispatch(await to_bolt_request(request))
            span.note({"http.response.status_code": answer.status})
        return await to_aiohttp_response(answer)

    def _is_signed(self, request: web.Request, body: bytes) -> bool:
        timestamp, signature = (request.headers.get(f"X-Slack-{name}") for name in ("Request-Timestamp", "Signature"))
        try:
            return bool(self._verifier.is_valid(body, timestamp, signature))
        except (TypeError, ValueError):  # no number, no text: the library leaves such to its caller
            return False

    async def shut(self) -> None:
        """Let nothing in any more, and the answers to what is inside out."""
        self._shut = True
        if self._inside:
            await asyncio.wait(set(self._inside), timeout=ACK_WITHIN_S)

    async def close(self) -> None:
        """Whoever listens hangs up."""


def is_ssl_check(body: bytes) -> bool:
    """Slack's look at the certificate of a command's address, which may come unsigned; it asks for nothing."""
    return len(body) < 1_000 and parse_qs(body.decode("utf-8", "replace")).get("ssl_check") == ["1"]


def _only(status: HTTPStatus) -> web.Response:
    return web.Response(status=status, text="" if status is HTTPStatus.OK else status.phrase)
