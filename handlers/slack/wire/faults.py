"""What Slack's libraries and the network can throw, as values of our own: translated here and nowhere else."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

PATIENCE_S = (0.5, 2.0, 5.0)
"""Pauses between the tries of something that must get through."""

LONGEST_RETRY_AFTER_S = 60.0  # asked to stay away longer than this, we say so to the caller instead of sleeping


class SlackDown(Exception):
    """Slack could not be made to show something that must be shown.

    `kind` is `network`, `server_error`, `ratelimited`, or Slack's own word for a broken token (`invalid_auth` …).
    """

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class No:
    """Slack's no to one call. `error` is Slack's own word, or `network`, `server_error` or `ratelimited`.

    `maybe_done`: the answer was lost, so Slack may well have done what it was asked for.
    """

    error: str
    maybe_done: bool = False
    retry_after_s: float = 0.0

    @property
    def is_passing(self) -> bool:
        """Worth another try: nothing is wrong with what was asked."""
        return self.error in {"network", "server_error", "ratelimited"}

    @property
    def is_worth_waiting(self) -> bool:
        """Passing, and within a time that makes sense to sleep through."""
        return self.is_passing and self.retry_after_s <= LONGEST_RETRY_AFTER_S

    @property
    def is_down(self) -> bool:
        """Nothing else would get through either."""
        return self.is_passing or self.error in _BROKEN_TOKEN


_BROKEN_TOKEN = frozenset(
    {"account_inactive", "invalid_auth", "missing_scope", "not_authed", "org_login_required", "token_expired"}
    | {"token_revoked", "two_factor_setup_required", "ekm_access_denied", "enterprise_is_restricted"}
)
_PASSING_INSIDE_SLACK = frozenset({"fatal_error", "internal_error", "request_timeout", "service_unavailable"})


async def attempt(call: Awaitable[AsyncSlackResponse]) -> dict[str, Any] | No:
    """Slack's answer, or its no; other exceptions are our own mistakes and pass."""
    try:
        response = await call
    except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError) as fault:
        return no_of(fault)
    except AttributeError:  # the library's own, on a 200 that is not a JSON object: a portal's page, say
        return No("server_error", maybe_done=True)
    return response.data if isinstance(response.data, dict) else {}


def no_of(fault: Exception) -> No:
    """What a Slack library's or the network's exception means to us."""
    if isinstance(fault, SlackApiError):
        return _no_of_answer(fault.response)
    if isinstance(fault, SlackClientError):
        return No("server_error", maybe_done=True)
    return No("network", maybe_done=not isinstance(fault, aiohttp.ClientConnectorError))


def _no_of_answer(answer: object) -> No:
    status = int(getattr(answer, "status_code", 0) or getattr(answer, "status", 0))
    if status == 429:
        return No("ratelimited", retry_after_s=retry_after_s(getattr(answer, "headers", {})))
    data = getattr(answer, "data", None)
    error = data.get("error") if isinstance(data, dict) else None
    if error == "ratelimited":
        return No("ratelimited", retry_after_s=1.0)
    if isinstance(error, str) and error not in _PASSING_INSIDE_SLACK and status < 500:
        return No(error)
    return No("server_error", maybe_done=True)


def retry_after_s(headers: Mapping[str, Any]) -> float:
    """The Retry-After of these headers; values may be texts or, in the retry handlers, lists of texts."""
    values = [value for name, value in headers.items() if str(name).lower() == "retry-after"]
    first = values[0][0] if values and isinstance(values[0], list) else values[0] if values else ""
    return float(first) if str(first).strip().isdigit() else 1.0


async def patiently(
    call: Callable[[], Awaitable[dict[str, Any] | No]], sleep: Callable[[float], Awaitable[object]]
) -> dict[str, Any] | No:
    """Repeat what does no harm twice until it gets through, is refused for good, or patience ends."""
    result = await call()
    for pause_s in PATIENCE_S:
        if not isinstance(result, No) or not result.is_worth_waiting:
            break
        await sleep(max(pause_s, result.retry_after_s))
        result = await call()
    return result
