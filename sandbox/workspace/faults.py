"""What can be made to go wrong: faults per method, and Slack's rate limits."""

from collections import defaultdict, deque
from dataclasses import dataclass

from sandbox.workspace.limits import POST_BURST, POST_PER_CHANNEL_S, TIER_PER_MINUTE, WINDOW_S

KINDS = ("ratelimited", "error", "http_500", "drop_before", "drop_after", "slow", "unknown_method")


@dataclass
class Fault:
    """The next `times` calls of `method` ("*": any) go wrong in the way `kind` says.

    drop_before cuts the connection before anything happened, drop_after once the call has taken effect.
    """

    method: str
    kind: str
    times: int = 1
    error: str = "fatal_error"
    retry_after_s: int = 1
    delay_s: float = 1.0


class Faults:
    """The faults still to come, the oldest first."""

    def __init__(self) -> None:
        self.pending: list[Fault] = []

    def take(self, method: str) -> Fault | None:
        """The fault this call meets, counted down."""
        for fault in self.pending:
            if fault.method in {method, "*"}:
                fault.times -= 1
                if fault.times <= 0:
                    self.pending.remove(fault)
                return fault
        return None


class Limits:
    """Slack's tiers as sliding windows, per method and workspace; posting is limited per channel. Off by default."""

    def __init__(self) -> None:
        self.enforce = False
        self._calls: dict[tuple[str, str], deque[float]] = defaultdict(deque)

    def refuse(self, method: str, tier: int, channel: str, now_s: float) -> int | None:
        """Seconds to wait (for Retry-After), or None when the call may go on (and is then counted)."""
        if not self.enforce:
            return None
        if method == "chat.postMessage":
            return self._window((method, channel), POST_BURST, POST_BURST * POST_PER_CHANNEL_S, now_s)
        return self._window((method, ""), TIER_PER_MINUTE[tier], WINDOW_S, now_s) if tier else None

    def _window(self, key: tuple[str, str], most: int, window_s: float, now_s: float) -> int | None:
        calls = self._calls[key]
        while calls and calls[0] <= now_s - window_s:
            calls.popleft()
        if len(calls) >= most:
            return max(1, round(calls[0] + window_s - now_s + 0.5))
        calls.append(now_s)
        return None
