"""The grammar of `freeze`, `unfreeze`, `offboard`, `guest`."""

from handlers.commands.entry import Entry, Parser

ENTRIES: tuple[Entry, ...] = ()
PARSERS: dict[str, Parser] = {}
