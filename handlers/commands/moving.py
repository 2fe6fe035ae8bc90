"""The grammar of `send`, `return`, `lend`, `undo`."""

from handlers.commands.entry import Entry, Parser

ENTRIES: tuple[Entry, ...] = ()
PARSERS: dict[str, Parser] = {}
