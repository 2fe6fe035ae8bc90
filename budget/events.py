"""Server-sent events out of bytes as they arrive (WHATWG HTML, 9.2): the data of each, and nothing else of them."""

from collections.abc import Iterator


class EventReader:
    """Feed it what arrived; it gives the data of every event that is complete.

    Lines end with LF or CRLF. Comments, names and ids are passed over; several data lines are joined by a line feed.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []

    def feed(self, arrived: bytes) -> Iterator[bytes]:
        """The data of the events completed by these bytes, in order."""
        *lines, self._rest = (self._rest + arrived).split(b"\n")
        for line in (each.removesuffix(b"\r") for each in lines):
            if line.startswith(b"data:"):
                self._data.append(line[5:].removeprefix(b" "))
            elif not line and self._data:
                yield b"\n".join(self._data)
                self._data = []
