"""The line to Slack that one reply talks over: a client, its limits and a place."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from handlers.slack.wire.faults import No, attempt
from handlers.slack.wire.limits import Limits

LIVE_CALL_S = 5.0  # what is only nice to have must not hold up a model's answer

Make = Callable[[], Awaitable[AsyncSlackResponse]]
Answer = dict[str, Any] | No


@dataclass(frozen=True, slots=True)
class Target:
    """Where an answer goes. `private`: a DM with the asker; `message_ts`: the question itself, for a reaction."""

    channel_id: str
    thread_ts: str | None
    user_id: str
    team_id: str
    private: bool
    message_ts: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """The limits also carry the clock."""

    client: AsyncWebClient
    limits: Limits
    target: Target

    async def call(self, method: str, make: Make) -> Answer:
        """Wait for our turn, then call; a 429 holds back the others too."""
        return await call(self.limits, method, make, channel_id=self.target.channel_id)

    async def try_call(self, method: str, make: Make) -> Answer | None:
        """The same for what is nice to have: None when it is not our turn, and never slow."""
        if not self.limits.try_take(method, self.target.channel_id):
            return None
        return _heeded(self.limits, method, await attempt(_briefly(make)))


async def call(limits: Limits, method: str, make: Make, *, channel_id: str = "") -> Answer:
    """Wait for our turn, then call; a 429 holds back the others too. For whatever is not said over a Line."""
    if not await limits.take(method, channel_id):
        return No("ratelimited")
    return _heeded(limits, method, await attempt(make()))


def _heeded(limits: Limits, method: str, answer: Answer) -> Answer:
    if isinstance(answer, No) and answer.error == "ratelimited":
        limits.pause(method, answer.retry_after_s)
    return answer


async def _briefly(make: Make) -> AsyncSlackResponse:
    async with asyncio.timeout(LIVE_CALL_S):
        return await make()
