"""How often one workspace may be asked for what: Slack's tiers, kept on our side of the wire.

A window remembers when the last calls were made, so that no span of its length ever sees more calls than allowed.
(aiolimiter was looked at: it reads the loop's clock, cannot answer "not now", and cannot be told of a Retry-After.)
"""

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """`calls` in any span of `per_s` seconds; counted for each channel apart when `by_channel`."""

    calls: int
    per_s: float
    by_channel: bool = False


# https://docs.slack.dev/apis/web-api/rate-limits ("20+", "50+", "100+" per minute: we take what is promised)
TIER_2 = Rate(20, 60.0)
TIER_3 = Rate(50, 60.0)
TIER_4 = Rate(100, 60.0)
POSTS = Rate(3, 3.0, by_channel=True)  # "1 per second per channel", where short bursts are tolerated

RATES = {
    "chat.postMessage": POSTS,
    "chat.startStream": TIER_2,
    "chat.stopStream": TIER_2,
    "usergroups.users.list": TIER_2,
    "users.list": TIER_2,
    "chat.update": TIER_3,
    "agents.sessions.setStatus": TIER_3,
    "assistant.threads.setSuggestedPrompts": TIER_3,
    "conversations.history": TIER_3,
    "conversations.info": TIER_3,
    "conversations.open": TIER_3,
    "conversations.replies": TIER_3,
    "reactions.add": TIER_3,
    "reactions.remove": TIER_3,
    "chat.appendStream": TIER_4,
    "chat.postEphemeral": TIER_4,
    "files.completeUploadExternal": TIER_4,
    "files.getUploadURLExternal": TIER_4,
    "files.info": TIER_4,
    "users.conversations": TIER_3,
    "users.info": TIER_4,
    "views.open": TIER_4,
    "views.publish": TIER_4,
    "views.push": TIER_4,
    "views.update": TIER_4,
}
"""Each method's tier, from the method's own page in Slack's reference; a method that is not here is not held back."""

KEPT_BACK = {"chat.update": 25}
"""Calls in each span that are left to those who wait for their turn: the end of an answer before its growth."""

WINDOWS_KEPT = 1_000
LONGEST_PAUSE_S = 90.0  # a pause after a 429 that is longer than this is not waited for


class Limits:
    """The limiter of one workspace's token; share one object between all that use the token.

    `monotonic_s` gives seconds that never run backwards, `sleep` waits for seconds.
    """

    def __init__(self, *, monotonic_s: Callable[[], float], sleep: Callable[[float], Awaitable[object]]) -> None:
        self.monotonic_s = monotonic_s
        self.sleep = sleep
        self._windows: dict[tuple[str, str], _Window] = {}
        self._paused_until_s: dict[str, float] = {}

    def try_take(self, method: str, channel_id: str = "") -> bool:
        """Whether a call may be made now; True counts it. For what is nice to have: never waits, never queues."""
        if not self.is_free(method, channel_id):
            return False
        self._window(method, channel_id).count(self.monotonic_s())
        return True

    def is_free(self, method: str, channel_id: str = "") -> bool:
        """Whether a call may be made now by `try_take`."""
        window, now_s = self._window(method, channel_id), self.monotonic_s()
        is_paused, kept_back = self._paused_until_s.get(method, now_s) > now_s, KEPT_BACK.get(method, 0)
        return not is_paused and window.free_at_s(now_s) <= now_s and window.has_room(now_s, kept_back)

    async def take(self, method: str, channel_id: str = "") -> bool:
        """Come back when a call may be made; those who wait are served in the order in which they came.

        False, soon: Slack has told us to stay away for longer than LONGEST_PAUSE_S.
        """
        window, now_s = self._window(method, channel_id), self.monotonic_s()
        at_s = window.free_at_s(now_s)
        window.count(at_s)
        while (at_s := max(at_s, self._paused_until_s.get(method, now_s))) > now_s:
            if self._paused_until_s.get(method, now_s) - now_s > LONGEST_PAUSE_S:
                return False
            await self.sleep(at_s - now_s)
            now_s = self.monotonic_s()
        return True

    def pause(self, method: str, retry_after_s: float) -> None:
        """Slack answered 429: nobody calls this method before its Retry-After is over."""
        until_s = self.monotonic_s() + retry_after_s
        self._paused_until_s[method] = max(until_s, self._paused_until_s.get(method, until_s))

    def _window(self, method: str, channel_id: str) -> "_Window":
        rate = RATES.get(method)
        if rate is None:
            return _Window(None)
        key = (method, channel_id if rate.by_channel else "")
        if key not in self._windows:
            self._forget_idle()
            self._windows[key] = _Window(rate)
        return self._windows[key]

    def _forget_idle(self) -> None:
        if len(self._windows) >= WINDOWS_KEPT:
            now_s = self.monotonic_s()
            self._windows = {key: window for key, window in self._windows.items() if not window.is_idle(now_s)}


class _Window:
    """The times of the last calls, those to come included; without a rate everything is allowed at once."""

    def __init__(self, rate: Rate | None) -> None:
        self._per_s = rate.per_s if rate else 0.0
        self._calls_s: deque[float] = deque(maxlen=rate.calls if rate else 0)

    def free_at_s(self, now_s: float) -> float:
        """The earliest time for one more call: the oldest one has left the window, and nobody is overtaken."""
        if not self._calls_s:
            return now_s
        full = len(self._calls_s) == self._calls_s.maxlen
        return max(now_s, self._calls_s[-1], self._calls_s[0] + self._per_s if full else now_s)

    def has_room(self, now_s: float, for_calls: int) -> bool:
        """Whether more calls than that would go through at once."""
        if not for_calls:
            return True
        recent = sum(at_s + self._per_s > now_s for at_s in self._calls_s)
        return (self._calls_s.maxlen or 0) - recent > for_calls

    def count(self, at_s: float) -> None:
        self._calls_s.append(at_s)

    def is_idle(self, now_s: float) -> bool:
        return not self._calls_s or self._calls_s[-1] + self._per_s <= now_s
