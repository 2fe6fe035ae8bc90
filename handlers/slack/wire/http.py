"""Where Slack's calls come in over HTTP. Nothing of a request is read as anything before its signature holds."""

import asyncio
import re
from http import HTTPStatus
from urllib.parse import parse_qs

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier

from budget.meters import Meters
from budget.traces import Tracer
from handlers.slack.wire.door import ACK_WITHIN_S
from handlers.slack.wire.gate import Full, Gate, address_of

log = structlog.get_logger(__name__)

PATH = "/slack/events"  # for events, commands and interactivity alike
LARGEST_BODY_BYTES = 1 << 20  # views and messages with all their blocks stay far below
READ_WITHIN_S = 3.0  # Slack itself waits no longer for the whole answer
FORM = "application/x-www-form-urlencoded"
SSL_CHECK_BYTES = 1_000
SIGNED = ("X-Slack-Request-Timestamp", "X-Slack-Signature")
SIGNED_WITHIN_S = 300
TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")
LOG_EVERY_S = 10.0
BROKEN = (ConnectionError, HttpProcessingError, web.RequestPayloadError)  # hung up; not as announced
STATUS: dict[Full, HTTPStatus] = {
    "too many bad": HTTPStatus.TOO_MANY_REQUESTS,
    "busy": HTTPStatus.SERVICE_UNAVAILABLE,
}


class Inlet:
    """The request URL. Once shut, Slack is told to come again: to another process, or later.

    `proxies`: how many of ours stand in front, each of which writes down whom it has its requests from.
    """

    def __init__(
        self, app: AsyncApp, signing_secret: str, meters: Meters, traces: Tracer, *, gate: Gate, proxies: int
    ) -> None:
        self._app = app
        self._meters, self._traces = meters, traces
        self._verifier = SignatureVerifier(signing_secret)
        self._gate, self._proxies = gate, proxies
        self._logged_s: dict[str, float] = {}
        self._shut = False
        self._inside: set[asyncio.Task[web.Response]] = set()

    async def is_up(self) -> bool:
        """Whether requests are let in."""
        return not self._shut

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request: 401 without a good signature of the last five minutes, 413, 408, 503 once shut.

        429 and 503 before a byte of the body is read, for whom the gate does not let in.
        https://docs.slack.dev/authentication/verifying-requests-from-slack
        """
        if self._shut:
            return _only(HTTPStatus.SERVICE_UNAVAILABLE)
        # A proxy may add a line of its own below the caller's instead of writing behind it: all lines, in their order.
        forwarded = ", ".join(request.headers.getall("X-Forwarded-For", []))
        address = address_of(request.remote, forwarded, self._proxies)
        if full := self._gate.full(address):
            return self._no(STATUS[full], full)
        # Listeners run to their end even when Slack hangs up: what is written down is written down once.
        task = asyncio.ensure_future(self._answer(request, address))
        self._inside.add(task)
        task.add_done_callback(self._inside.discard)
        return await asyncio.shield(task)

    async def _answer(self, request: web.Request, address: str) -> web.Response:
        with self._gate.reading(address):
            no = await self._look_at(request, address)
        if no is not None:
            return no
        with self._gate.working(), self._meters.ack.time(), self._traces.span("slack request", {}, "called") as span:
            answer = await self._app.async_dispatch(await to_bolt_request(request))
            span.note({"http.response.status_code": answer.status})
        return await to_aiohttp_response(answer)

    async def _look_at(self, request: web.Request, address: str) -> web.Response | None:
        """The answer to a request that is not Slack's to be worked on; None: it is. Its body is kept by the request."""
        if not (self._may_be_signed(request) or may_be_ssl_check(request)):
            return self._unsigned(address)
        try:
            async with asyncio.timeout(READ_WITHIN_S):
                body = await request.read()  # of LARGEST_BODY_BYTES at most: bot.health sees to that
        except TimeoutError:
            self._gate.bad(address)
            return self._no(HTTPStatus.REQUEST_TIMEOUT, "slow")
        except web.HTTPRequestEntityTooLarge:
            self._gate.bad(address)
            return self._no(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too large")
        except BROKEN:  # counted like the others, and no fault of ours: each would fill the log with a traceback
            self._gate.bad(address)
            return self._no(HTTPStatus.BAD_REQUEST, "broken off")
        if may_be_ssl_check(request) and is_ssl_check(body):
            return _only(HTTPStatus.OK)
        if not self._is_signed(request, body):
            return self._unsigned(address)
        self._gate.good(address)
        return None

    def _may_be_signed(self, request: web.Request) -> bool:
        """Whether the headers look like Slack's and are of now: what does not is refused unread."""
        timestamp, signature = (request.headers.get(name, "") for name in SIGNED)
        if not (TIMESTAMP.fullmatch(timestamp) and SIGNATURE.fullmatch(signature)):
            return False
        return bool(abs(self._verifier.clock.now() - int(timestamp)) <= SIGNED_WITHIN_S)

    def _is_signed(self, request: web.Request, body: bytes) -> bool:
        timestamp, signature = (request.headers.get(name) for name in SIGNED)
        try:
            return bool(self._verifier.is_valid(body, timestamp, signature))
        except (TypeError, ValueError):  # no number, no text: the library leaves such to its caller
            return False

    def _unsigned(self, address: str) -> web.Response:
        self._gate.bad(address)
        return self._no(HTTPStatus.UNAUTHORIZED, "unsigned")

    def _no(self, status: HTTPStatus, why: str) -> web.Response:
        """Counted, and logged now and then: a flood must not fill the disk."""
        self._meters.turned_away(why)
        now_s = asyncio.get_running_loop().time()
        if now_s - self._logged_s.get(why, -LOG_EVERY_S) >= LOG_EVERY_S:
            self._logged_s[why] = now_s
            log.warning("a request was turned away", why=why)
        return _only(status)

    async def shut(self) -> None:
        """Let nothing in any more, and the answers to what is inside out."""
        self._shut = True
        if self._inside:
            await asyncio.wait(set(self._inside), timeout=ACK_WITHIN_S)

    async def close(self) -> None:
        """Whoever listens hangs up."""


def may_be_ssl_check(request: web.Request) -> bool:
    """Whether a request is a form so short that it may be one."""
    return request.content_type == FORM and (request.content_length or SSL_CHECK_BYTES) < SSL_CHECK_BYTES


def is_ssl_check(body: bytes) -> bool:
    """Slack's look at the certificate of a command's address, which may come unsigned; it asks for nothing."""
    return len(body) < SSL_CHECK_BYTES and parse_qs(body.decode("utf-8", "replace")).get("ssl_check") == ["1"]


def _only(status: HTTPStatus) -> web.Response:
    return web.Response(status=status, text="" if status is HTTPStatus.OK else status.phrase)
