"""The grammar of `project …`."""

from handlers.commands.entry import Entry, Parser

ENTRIES: tuple[Entry, ...] = ()
PARSERS: dict[str, Parser] = {}
