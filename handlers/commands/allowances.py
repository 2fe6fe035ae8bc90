"""The grammar of `allowance …`."""

from handlers.commands.entry import Entry, Parser

ENTRIES: tuple[Entry, ...] = ()
PARSERS: dict[str, Parser] = {}
