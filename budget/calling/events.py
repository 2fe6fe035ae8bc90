"""Server-sent events out of bytes as they arrive (WHATWG HTML, 9.2): the data of each, and nothing else of them."""

from collections.abc import Iterator

from budget.calling.faults import Cut

MOST_BYTES = 1_000_000  # of one event; chunks of answers have some hundreds, and nobody may fill our memory


class EventReader:
    """Feed it what arrived; it gives the data of every event that is complete.

    Lines end with LF or CRLF. Comments, names and ids are passed over; several data lines are joined by a line feed.
    Raises Cut for an event (or line) of more than MOST_BYTES.
    """

    def __init__(self) -> None:
        self._parts: list[bytes] = []  # of a line whose end has not come; joined once, however many there are
        self._data: list[bytes] = []
        self._size = 0  # of the event so far

    def feed(self, arrived: bytes) -> Iterator[bytes]:
        """The data of the events completed by these bytes, in order."""
        *ends, rest = arrived.split(b"\n")
        for end in ends:
            self._keep(end)
            line, self._parts = b"".join(self._parts).removesuffix(b"\r"), []
            if line.startswith(b"data:"):
                self._data.append(line[5:].removeprefix(b" "))
            elif not line and self._data:
                data, self._data = b"\n".join(self._data), []
                yield data
            self._size = self._size + 1 if self._data else 0
        self._keep(rest)

    def _keep(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > MOST_BYTES:
            raise Cut(reached=True)
        if part:
            self._parts.append(part)
