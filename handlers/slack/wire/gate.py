"""Who may come in over HTTP, decided before a body is read: bad signatures are counted, by address and in all.

An address that has just signed well is Slack's, or a proxy that passes Slack's calls on: it is never shut out for the
bad company that it keeps, only kept to what can be worked on at once.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_address
from typing import Literal, TypeVar

PER_S = 60.0
BAD_BY_ADDRESS = 20  # bad signatures a minute
BAD_IN_ALL = 600
TRUSTED_S = 600.0  # so long after a good signature
ADDRESSES_KEPT = 1_000
READING = 200  # bodies at once, of a megabyte each at most
READING_BY_ADDRESS = 32  # of them, for an address that has not signed well
READING_UNKNOWN = 150  # for all such addresses together: the rest is kept for Slack
INSIDE = 1_000  # signed requests at work at once: more than Slack sends to one app

Full = Literal["too many bad", "busy"]
T = TypeVar("T")


class Gate:
    """`monotonic_s` gives seconds that never run backwards."""

    def __init__(self, monotonic_s: Callable[[], float]) -> None:
        self._now_s = monotonic_s
        self._bad: OrderedDict[str, deque[float]] = OrderedDict()
        self._all_bad: deque[float] = deque(maxlen=BAD_IN_ALL)
        self._good_s: OrderedDict[str, float] = OrderedDict()
        self._reading: dict[str, int] = {}
        self.inside = 0

    def full(self, address: str) -> Full | None:
        """Why a request from there is not even read; None: it is."""
        trusted = self._is_trusted(address)
        if not trusted and (self._is_full(self._all_bad) or self._is_full(self._bad.get(address))):
            return "too many bad"
        most, most_in_all = (READING, READING) if trusted else (READING_BY_ADDRESS, READING_UNKNOWN)
        reading, in_all = self._reading.get(address, 0), sum(self._reading.values())
        return "busy" if reading >= most or in_all >= most_in_all or self.inside >= INSIDE else None

    @contextmanager
    def reading(self, address: str) -> Iterator[None]:
        """While a request is not known to be Slack's."""
        self._reading[address] = self._reading.get(address, 0) + 1
        try:
            yield
        finally:
            self._reading[address] -= 1
            if not self._reading[address]:
                del self._reading[address]

    @contextmanager
    def working(self) -> Iterator[None]:
        """While a request that is Slack's is worked on."""
        self.inside += 1
        try:
            yield
        finally:
            self.inside -= 1

    def good(self, address: str) -> None:
        """It signed well."""
        _keep(self._good_s, address, self._now_s())
        self._bad.pop(address, None)

    def bad(self, address: str) -> None:
        """It did not."""
        now_s = self._now_s()
        self._all_bad.append(now_s)
        times = self._bad.get(address) or deque(maxlen=BAD_BY_ADDRESS)
        times.append(now_s)
        _keep(self._bad, address, times)

    def _is_trusted(self, address: str) -> bool:
        at_s = self._good_s.get(address)
        return at_s is not None and self._now_s() - at_s <= TRUSTED_S

    def _is_full(self, times: deque[float] | None) -> bool:
        return times is not None and len(times) == times.maxlen and self._now_s() - times[0] <= PER_S


def _keep(kept: OrderedDict[str, T], address: str, value: T) -> None:
    """The newest stay, and no flood of addresses fills the memory."""
    kept[address] = value
    kept.move_to_end(address)
    if len(kept) > ADDRESSES_KEPT:
        kept.popitem(last=False)


def address_of(peer: str | None, forwarded: str, proxies: int) -> str:
    """Who calls: the peer, or what the outermost of so many proxies of ours wrote down of its own peer.

    `forwarded`: X-Forwarded-For; what stands further left in it anybody may have written. IPv6 counts by its /64, which
    is what one customer has.
    """
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
    named = hops[-proxies] if 0 < proxies <= len(hops) else peer or ""
    try:
        found = ip_address(named.strip("[]"))
    except ValueError:
        return peer or ""
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or found  # who listens at `::` sees IPv4 so, and its /64 would be everybody
    return str(found) if found.version == 4 else ":".join(found.exploded.split(":")[:4])
