"""The grammar of `package …`, `statement …`, `offer …`."""

from handlers.commands.entry import Entry, Parser

ENTRIES: tuple[Entry, ...] = ()
PARSERS: dict[str, Parser] = {}
