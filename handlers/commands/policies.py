"""The grammar of `policy …` and `audit`."""

from handlers.commands.entry import Entry, Parser

ENTRIES: tuple[Entry, ...] = ()
PARSERS: dict[str, Parser] = {}
