"""An answer while it is read: from bytes of the stream to pieces of text, with how it ended."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

from budget.calling.chunks import read_chunk
from budget.calling.events import EventReader
from budget.calling.faults import ContextTooLong, Cut, LlmError, ServerFault, UnknownModel, kind_by_words, safe_code
from budget.calling.waits import Wait, Waits
from budget.offer.pricing import Usage


class Answer:
    """`arrive` gives the next bytes within a wait, none at the end, and raises LlmError.

    `finish_reason` and `usage` are what has come of them so far.
    """

    def __init__(self, arrive: Callable[[Wait], Awaitable[bytes]]) -> None:
        self.finish_reason: str | None = None
        self.usage: Usage | None = None
        self._arrive = arrive
        self._fault: LlmError | None = None
        self._reader = EventReader()
        self._texts: list[str] = []
        self._speaks = self._done = False

    async def begin(self, wait: Wait) -> None:
        """Read until the model speaks, or the stream ends."""
        while not self._speaks and await self._read(wait):
            pass
        if self._fault is not None and not self._speaks:
            raise self._fault

    async def texts(self, waits: Waits) -> AsyncIterator[str]:
        """Pieces of text to the end of the stream. Once the model has ended, a fault only costs us its usage."""
        more = self._fault is None
        while more:
            texts, self._texts = self._texts, []
            for text in texts:
                yield text
            more = await self._read(waits.next(ended=self.finish_reason is not None, done=self._done))
        for text in self._texts:
            yield text
        if self._fault is not None and self.finish_reason is None:
            raise self._fault

    async def _read(self, wait: Wait) -> bool:
        """Take in what arrives next; False at the end. A fault is kept until what came before it is delivered."""
        try:
            arrived = await self._arrive(wait)
            for data in self._reader.feed(arrived):
                self._take(data)
        except LlmError as fault:
            self._fault = fault
            return False
        return bool(arrived)

    def _take(self, data: bytes) -> None:
        self._done = self._done or data.startswith(b"[DONE]")
        if self._done:
            return
        try:
            chunk = read_chunk(json.loads(data))
        except ValueError:
            raise Cut(reached=True) from None
        if chunk.error is not None:
            raise _fault_inside(chunk.error, speaking=self._speaks)
        if chunk.text:
            self._texts.append(chunk.text)
        self._speaks = self._speaks or chunk.speaks
        self.finish_reason = chunk.finish_reason or self.finish_reason
        self.usage = chunk.usage or self.usage


def _fault_inside(raw: object, *, speaking: bool) -> LlmError:
    """The fault for an error inside the stream: before the first token it is a refusal in other clothes."""
    parts = raw if isinstance(raw, Mapping) else {"message": raw}
    kind = kind_by_words(parts) or (Cut if speaking else ServerFault)
    return kind(reached=speaking or kind not in (ContextTooLong, UnknownModel), code=safe_code(parts))
