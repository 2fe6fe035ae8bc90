"""A command of an area on its way to its answer."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from handlers.slack.desk import Desk
from handlers.slack.telling import reader_of
from handlers.slack.views.pieces import Reader, Reply
from store.people import Person

ORIGIN = "slack:command"


@dataclass(frozen=True, slots=True)
class Call:
    """Who typed it, where (`here` None: in a direct message), and the key under which it is carried out once."""

    desk: Desk
    who: Person
    key: str
    here: str | None

    @property
    def reader(self) -> Reader:
        """For whom the answer is."""
        return reader_of(self.desk.house, self.who)


Answer = Callable[[Call, Any], Awaitable[Reply]]  # of one kind of command
# Opens a form for a command, with the payload's trigger, before anything else is looked up: Slack gives three seconds.
Opener = Callable[[Desk, Mapping[str, Any], Any], Awaitable[Reply]]
