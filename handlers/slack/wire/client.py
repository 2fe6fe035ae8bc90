"""The Slack client as we want it.

What the library does by default and we do not want: it sends a post again when the connection drops (a duplicate),
raises at the first 429, sends loopback traffic through a proxy, and prints message bodies at DEBUG.
"""

import asyncio
import logging
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

import aiohttp
from slack_sdk.errors import SlackClientError
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import AsyncConnectionErrorRetryHandler, AsyncServerErrorRetryHandler
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from handlers.slack.wire.faults import LONGEST_RETRY_AFTER_S, no_of, retry_after_s

TIMEOUT_S = 15
RETRIES_AFTER_429 = 3
RETRIES_OF_READS = 2

_NOT_WORTH_WAITING = frozenset(
    {"chat.startStream", "chat.appendStream", "assistant.threads.setStatus", "reactions.add"}
)
_SAFE_TO_REPEAT = frozenset(
    {"auth.test", "apps.connections.open", "conversations.open", "views.publish", "reactions.remove"}
)

Paused = Callable[[str, float], None]
Refused = Callable[[str], None]


def make_client(
    token: str, base_url: str, *, on_429: Paused | None = None, on_no: Refused | None = None
) -> AsyncWebClient:
    """A client that never posts twice by itself, waits out a 429 a few times, and keeps message bodies out of logs.

    `on_429(method, retry_after_s)` hears of every 429, so that `Limits.pause` can hold back the others; `on_no(kind)`
    of every call that failed in the end, by `faults.No`'s word.
    No `session` is shared: given one, the library would drop the time-out.
    """
    logger = logging.getLogger("stipend.slack")
    logger.setLevel(logging.INFO)  # at DEBUG the library prints message bodies
    handlers = [_WaitAfter429(on_429), _RetryReads(RETRIES_OF_READS), _RetryReadsAfter5xx(RETRIES_OF_READS)]
    client = _Client(token, base_url=base_url, timeout=TIMEOUT_S, logger=logger, retry_handlers=handlers)
    client.on_no = on_no
    if is_direct(base_url):
        client.proxy = None
    return client


class _Client(AsyncWebClient):
    on_no: Refused | None = None

    async def api_call(self, *args: Any, **kwargs: Any) -> AsyncSlackResponse:
        try:
            return await super().api_call(*args, **kwargs)
        except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError) as fault:
            if self.on_no:
                self.on_no(no_of(fault).error)
            raise


def _method(request: HttpRequest) -> str:
    return urlsplit(request.url or "").path.rpartition("/")[2]


def _may_repeat(request: HttpRequest) -> bool:
    return request.method == "GET" or _method(request) in _SAFE_TO_REPEAT


def is_direct(base_url: str) -> bool:
    """Loopback, or named in NO_PROXY, which the library does not read."""
    host = urlsplit(base_url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or bool(proxy_bypass(host))


class _WaitAfter429(AsyncRetryHandler):
    """Sleeps for Retry-After and sends again, a bounded number of times; a 429 means that nothing was done."""

    def __init__(self, on_429: Paused | None) -> None:
        super().__init__(RETRIES_AFTER_429)
        self._on_429 = on_429

    async def can_retry_async(
        self, *, state: RetryState, request: HttpRequest, response: HttpResponse | None = None, **_rest: Any
    ) -> bool:
        if response is None or response.status_code != 429:
            return False
        wait_s = retry_after_s(response.headers)
        if self._on_429:
            self._on_429(_method(request), wait_s)
        again = state.current_attempt < self.max_retry_count and wait_s <= LONGEST_RETRY_AFTER_S
        return again and _method(request) not in _NOT_WORTH_WAITING

    async def prepare_for_next_attempt_async(
        self, *, state: RetryState, response: HttpResponse | None = None, **_rest: Any
    ) -> None:
        state.next_attempt_requested = True
        await asyncio.sleep(retry_after_s(response.headers if response else {}))
        state.increment_current_attempt()


class _RetryReads(AsyncConnectionErrorRetryHandler):
    """After a dropped connection, sends again only what does no harm twice."""

    async def can_retry_async(self, *, request: HttpRequest, **rest: Any) -> bool:
        return _may_repeat(request) and await super().can_retry_async(request=request, **rest)


class _RetryReadsAfter5xx(AsyncServerErrorRetryHandler):
    """The same after a 500 or 503."""

    async def can_retry_async(self, *, request: HttpRequest, **rest: Any) -> bool:
        return _may_repeat(request) and await super().can_retry_async(request=request, **rest)
